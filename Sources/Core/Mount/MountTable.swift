internal import Glibc
public import SystemPackage

/// The mounts that the calling thread sees.
public struct MountTable: Sendable {
    /// The mounts in the kernel's order: a later one may hide an earlier one.
    public let entries: [MountEntry]

    /// Reads the table of the calling thread's mount namespace (proc_pid_mountinfo(5)).
    ///
    /// - Throws: ``MountError/tableUnreadable(path:errno:)``.
    public init(path: FilePath = "/proc/thread-self/mountinfo") throws(MountError) {
        do throws(SystemCallError) {
            let lines = try Descriptor(path, O_RDONLY).readAll(limit: Self.largest, subject: path.string)
            entries = lines.split(separator: UInt8(ascii: "\n")).compactMap(MountEntry.init(line:))
        } catch {
            throw .tableUnreadable(path: path, errno: error.errno)
        }
    }

    /// More bytes than 100 000 mounts, the limit of a namespace (fs.mount-max), make in practice.
    private static let largest = 256 << 20

    /// The mounts somewhere below `path`, in the kernel's order.
    public func entries(below path: FilePath) -> [MountEntry] {
        entries.filter { $0.target != path && $0.target.starts(with: path) }
    }

    /// The mount that is visible at exactly `target`; nil if nothing is mounted there.
    public func mount(at target: FilePath) -> MountEntry? {
        entries.last { $0.target == target }
    }
}
