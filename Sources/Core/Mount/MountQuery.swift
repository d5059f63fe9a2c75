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
    /// - Returns: nil if the kernel does not say; and true if this process's root is the mount namespace's: it is in no chroot(2).
    package static func visibleMounts(
        of types: Set<String>
    ) -> (mounts: [MountEntry], hasWholeRoot: Bool)? {
        var found: [MountEntry] = []
        var answer = Answer()
        var last: UInt64 = 0
        var root: (id: UInt64, parent: UInt64)?
        while true {
            let ids = [UInt64](unsafeUninitializedCapacity: 256) { buffer, count in
                count = max(0, clx_listmount(buffer.baseAddress, buffer.count, last))
            }
            // There is one mount at least.
            guard let next = ids.last else {
                return last == 0 ? nil : (found, root.map { answer.isWhole($0.id, on: $0.parent) } ?? false)
            }
            for id in ids {
                guard let status = answer.ask(for: id) else {
                    // One may have been unmounted just now.
                    if Errno.current == .noSuchFileOrDirectory { continue }
                    return nil
                }
                if root == nil, status.target[0] == 0x2f, status.target[1] == 0 {
                    root = (id, status.parent)
                }
                guard types.contains(String(cString: status.type)), clx_mount_id(status.target) == id else {
                    continue
                }
                found.append(MountEntry(id, status))
            }
            last = next
        }
    }

    fileprivate typealias Status = (
        type: UnsafePointer<CChar>, target: UnsafePointer<CChar>, options: UnsafePointer<CChar>?,
        parent: UInt64
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
            return (type, target, status.options, status.parent)
        }

        /// True if a root is a namespace's: the lowest mount, or mounted over the one that the kernel starts with, which cannot be
        /// left otherwise (ramfs-rootfs-initramfs.rst in the kernel's documentation).
        mutating func isWhole(_ root: UInt64, on parent: UInt64) -> Bool {
            if parent == root { return true }
            var status = clx_mount_status()
            guard clx_statmount(parent, buffer.baseAddress, buffer.count, &status) == 0,
                let type = status.type
            else {
                return false
            }
            return ["rootfs", "nullfs"].contains(String(cString: type))
        }
    }
}

extension MountEntry {
    fileprivate init(
        _ id: UInt64, _ status: MountQuery.Status
    ) {
        self.init(
            id: id, target: FilePath(platformString: status.target), type: String(cString: status.type),
            fileSystemOptions: status.options.map { String(cString: $0) } ?? "")
    }
}
