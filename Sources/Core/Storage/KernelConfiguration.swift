internal import DriverKit
internal import Glibc
internal import Host
internal import Layers
internal import SystemPackage

/// What the kernel that runs was built with, as far as it tells.
struct KernelConfiguration: Sendable {
    private let lines: Set<Substring>

    /// Reads it: /proc/config.gz (CONFIG_IKCONFIG_PROC), or the file that distributions put beside a kernel; nil if there is
    /// neither.
    init?() {
        var names = utsname()
        uname(&names)
        let release = withUnsafeBytes(of: &names.release) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        guard let text = Self.packed("/proc/config.gz") ?? Self.plain(FilePath("/boot/config-\(release)"))
        else {
            return nil
        }
        lines = Set(text.split(separator: "\n"))
    }

    /// True if the option is built in or a module.
    func has(_ option: String) -> Bool {
        ["y", "m"].contains { lines.contains("\(option)=\($0)"[...]) }
    }

    private static let largest = 4 << 20

    private static func plain(_ path: FilePath) -> String? {
        guard let file = try? Descriptor(path, O_RDONLY) else { return nil }
        return (try? file.readAll(limit: largest, subject: path.string)).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    private static func packed(_ path: FilePath) -> String? {
        guard let file = try? Descriptor(path, O_RDONLY),
            let source = try? GzipSource(FileSource(file.rawValue))
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: largest)
        guard let count = try? bytes.withUnsafeMutableBytes({ try source.fill($0) }) else { return nil }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}

extension DriverCapabilities {
    /// The most layers below a writable one on this kernel, as far as it can be found out without trying; nil: any number.
    ///
    /// Not to be asked where a container starts: it reads the kernel's configuration.
    package func layerLimitHere() -> Int? {
        guard !builtLimits.isEmpty, let configuration = KernelConfiguration(),
            let (_, limit) = builtLimits.first(where: { configuration.has($0.key) })
        else { return layerLimit }
        return limit
    }
}
