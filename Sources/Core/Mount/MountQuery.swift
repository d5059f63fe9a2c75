internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// Asks the kernel for single mounts (statmount(2) and listmount(2), Linux 6.8; what is needed of them, 6.11).
///
/// A start asks for a few, and has no time to load a library that reads the whole table. Where the kernel has no such
/// calls, or an error is in the way, there is no answer, and ``MountTable`` has to be read.
package enum MountQuery {
    /// The uppermost of the mounts at exactly `target`.
    ///
    /// - Returns: nil if nothing is mounted there, or the kernel does not say what, or with which options.
    static func mount(at target: FilePath) -> MountEntry? {
        let id = target.withPlatformString { clx_mount_id($0) }
        if id == 0 { return nil }
        var answer = Answer()
        guard let status = answer.ask(for: id), status.options != nil else { return nil }
        return MountEntry(id, status)
    }

    /// The mounts of these types over which nothing else is mounted.
    ///
    /// - Returns: nil if the kernel does not say.
    package static func visibleMounts(of types: Set<String>) -> [MountEntry]? {
        var found: [MountEntry] = []
        var answer = Answer()
        var last: UInt64 = 0
        while true {
            let ids = [UInt64](unsafeUninitializedCapacity: 256) { buffer, count in
                count = max(0, clx_listmount(buffer.baseAddress, buffer.count, last))
            }
            // There is one mount at least.
            guard let next = ids.last else { return last == 0 ? nil : found }
            for id in ids {
                guard let status = answer.ask(for: id) else {
                    // One may have been unmounted just now.
                    if Errno.current == .noSuchFileOrDirectory { continue }
                    return nil
                }
                guard types.contains(String(cString: status.type)), clx_mount_id(status.target) == id else {
                    continue
                }
                found.append(MountEntry(id, status))
            }
            last = next
        }
    }

    private typealias Status = (
        type: UnsafePointer<CChar>, target: UnsafePointer<CChar>, options: UnsafePointer<CChar>?
    )

    /// Room for what the kernel says of one mount, which is much for one of many layers.
    private struct Answer: ~Copyable {
        private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 8)
        private static let largest = 16 << 20

        deinit { buffer.deallocate() }

        /// The answer, valid until the next question; nil with errno set.
        mutating func ask(for id: UInt64) -> Status? {
            var status = clx_mount_status()
            while clx_statmount(id, buffer.baseAddress, buffer.count, &status) != 0 {
                guard Errno.current == .overflow, buffer.count < Self.largest else { return nil }
                let size = buffer.count * 4
                buffer.deallocate()
                buffer = .allocate(byteCount: size, alignment: 8)
            }
            guard let type = status.type, let target = status.target else {
                Glibc.errno = ENOSYS
                return nil
            }
            return (type, target, status.options)
        }
    }
}

extension MountEntry {
    fileprivate init(
        _ id: UInt64, _ status: (UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<CChar>?)
    ) {
        self.init(
            id: id, target: FilePath(platformString: status.1), type: String(cString: status.0),
            fileSystemOptions: status.2.map { String(cString: $0) } ?? "")
    }
}
