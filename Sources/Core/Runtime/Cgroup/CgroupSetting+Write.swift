internal import Host
internal import SystemPackage

extension CgroupSetting {
    /// Writes it into the cgroup at `directory`.
    ///
    /// - Throws: ``CgroupError``.
    func write(to directory: FilePath) throws(CgroupError) {
        do { try writeRequired(to: directory) } catch { if isRequired { throw error } }
    }

    private func writeRequired(to directory: FilePath) throws(CgroupError) {
        let number = try device?.number()
        for place in places {
            let file = directory.appending(place.file)
            var value = place.value
            do {
                if value.isEmpty { value = try Files.read(directory.parent.appending(place.file)) }
                if let number { value = "\(number) \(value)" }
                return try Files.set(file, value)
            } catch {
                if error.errno == .noSuchFileOrDirectory { continue }
                throw .refused(option: option, value: told(value), path: file, errno: error.errno)
            }
        }
        throw .unsupported(option: option, reason: lack)
    }

    /// What the user gave.
    private func told(_ value: String) -> String {
        device.map { "\($0.path):\($0.value)" } ?? value.split(separator: "\n").joined()
    }
}
