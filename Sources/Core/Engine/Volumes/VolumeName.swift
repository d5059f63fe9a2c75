/// The rule for volumes' names, docker's: that of containers, and two characters at least.
enum VolumeName {
    static func isValid(_ name: String) -> Bool {
        name.utf8.count >= 2 && (try? ContainerName.validate(name)) != nil
    }

    /// - Throws: ``VolumeError/invalidName(_:)``: names become parts of paths.
    static func validate(_ name: String) throws(VolumeError) {
        guard isValid(name) else { throw .invalidName(name) }
    }

    /// A name that nobody has: 64 hexadecimal digits, as docker's.
    static func random() -> String {
        (0..<4).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
