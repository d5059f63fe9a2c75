internal import CLibMount
internal import Host
public import SystemPackage

/// The mounts that the calling thread sees, as libmount reads them from mountinfo.
public struct MountTable: Sendable {
    /// The mounts in the kernel's order: a later one may hide an earlier one.
    public let entries: [MountEntry]

    /// Reads the table of the calling thread's mount namespace (proc(5), mountinfo).
    ///
    /// - Throws: ``MountError/tableUnreadable(path:errno:)``, ``MountError/noLibrary(reason:)``.
    public init(path: FilePath = "/proc/thread-self/mountinfo") throws(MountError) {
        if let reason = clm_load() { throw .noLibrary(reason: String(cString: reason)) }
        guard let table = path.withPlatformString({ clm_new_table_from_file($0) }) else {
            throw .tableUnreadable(path: path, errno: .current)
        }
        defer { clm_unref_table(table) }
        guard let iterator = clm_new_iter(Int32(MNT_ITER_FORWARD)) else {
            throw .tableUnreadable(path: path, errno: .noMemory)
        }
        defer { clm_free_iter(iterator) }
        var entries: [MountEntry] = []
        entries.reserveCapacity(Int(clm_table_get_nents(table)))
        var entry: OpaquePointer?
        while clm_table_next_fs(table, iterator, &entry) == 0, let entry {
            entries.append(MountEntry(entry))
        }
        self.entries = entries
    }

    /// The file of the library that reads the table, which no list of a program's libraries has; nil without one.
    package static var library: FilePath? {
        clm_load() == nil ? clm_path().map { FilePath(platformString: $0) } : nil
    }

    /// The mounts somewhere below `path`, in the kernel's order.
    public func entries(below path: FilePath) -> [MountEntry] {
        entries.filter { $0.target != path && $0.target.starts(with: path) }
    }

    /// The mount that is visible at exactly `target`; nil if nothing is mounted there.
    public func mount(at target: FilePath) -> MountEntry? {
        entries.last { $0.target == target }
    }
}
