internal import CLinux
internal import Glibc
package import Host
package import SystemPackage

/// The mount calls that need no plan, each named after what it does.
package enum Mounting {
    /// Nothing mounted from now on in this namespace is seen in another one, nor the other way round.
    package static func makeAllPrivate() throws(MountError) {
        try call("make all mounts private", "/", MS_REC | MS_PRIVATE)
    }

    /// Makes the tree at `source` visible at `target` too.
    package static func bind(_ source: FilePath, to target: FilePath, recursive: Bool = false)
        throws(MountError)
    {
        let flags = MS_BIND | (recursive ? MS_REC : 0)
        let result = source.withPlatformString { source in
            target.withPlatformString { mount(source, $0, nil, UInt(flags), nil) }
        }
        guard result == 0 else {
            throw .refused(step: "bind \(source)", target: target, errno: .current, detail: nil)
        }
    }

    /// Takes rights away from the mount at `target`; the rest of its flags stay as they are.
    package static func restrict(
        _ target: FilePath, readOnly: Bool = false, noDevices: Bool = false
    ) throws(MountError) {
        try restrict(target, (readOnly ? .writing : [] as MountTree.Denial).union(noDevices ? .devices : []))
    }

    /// The same, of any rights.
    package static func restrict(_ target: FilePath, _ denied: MountTree.Denial) throws(MountError) {
        try call(
            "restrict the mount", target, try flags(of: target) | MS_REMOUNT | MS_BIND | denied.flags)
    }

    /// Decides who sees what is mounted below the mount at `target`.
    package static func propagate(
        _ propagation: MountTree.Propagation, at target: FilePath, recursive isRecursive: Bool
    ) throws(MountError) {
        try call("propagate the mount", target, propagation.flag | (isRecursive ? MS_REC : 0))
    }

    /// Lets programs be run from the mount at `target`, as from a union of directories on a file system from which the
    /// host runs none: /run, say.
    static func allowPrograms(_ target: FilePath) throws(MountError) {
        let flags = try flags(of: target)
        guard flags & (MS_NOEXEC | MS_NOSUID) != 0 else { return }
        try call(
            "allow programs on the mount", target, flags & ~(MS_NOEXEC | MS_NOSUID) | MS_REMOUNT | MS_BIND)
    }

    /// The flags of the mount at `target`, as mount(2) takes them.
    private static func flags(of target: FilePath) throws(MountError) -> Int {
        var status = statfs()
        guard target.withPlatformString({ statfs($0, &status) }) == 0 else {
            throw .refused(step: "look at the mount", target: target, errno: .current, detail: nil)
        }
        // statfs(2) tells these flags in ST_ constants whose values are those of MS_.
        return Int(status.f_flags)
            & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME)
    }

    /// Checks that `target` is of the file system that was mounted there, by its magic number (statfs(2)).
    package static func verify(_ target: FilePath, isOf type: Int32) throws(MountError) {
        var status = statfs()
        guard target.withPlatformString({ statfs($0, &status) }) == 0, status.f_type == Int(type) else {
            throw .refused(
                step: "verify", target: target, errno: .invalidArgument, detail: "another file system")
        }
    }

    /// Takes the mount at `target` out of sight; never follows a symbolic link.
    package static func detach(_ target: FilePath) throws(MountError) {
        let flags = Int32(MNT_DETACH | UMOUNT_NOFOLLOW)
        guard target.withPlatformString({ umount2($0, flags) }) == 0 else {
            throw .refused(step: "unmount", target: target, errno: .current, detail: nil)
        }
    }

    /// A copy of the mount at `target`, with all that is mounted below it, which is nowhere yet: it is unmounted when the
    /// descriptor is closed, unless it was put somewhere (``attach(_:at:)``).
    package static func take(_ target: FilePath) throws(MountError) -> Descriptor {
        let flags = UInt32(OPEN_TREE_CLONE) | UInt32(O_CLOEXEC) | UInt32(clx_AT_RECURSIVE)
        let tree = target.withPlatformString { open_tree(AT_FDCWD, $0, flags) }
        guard tree >= 0 else {
            throw .refused(step: "take the mount", target: target, errno: .current, detail: nil)
        }
        return Descriptor(owning: tree)
    }

    /// Puts a mount that was taken at `target`.
    package static func attach(_ tree: borrowing Descriptor, at target: FilePath) throws(MountError) {
        let moved = target.withPlatformString {
            move_mount(tree.rawValue, "", AT_FDCWD, $0, UInt32(MOVE_MOUNT_F_EMPTY_PATH))
        }
        guard moved == 0 else {
            throw .refused(step: "attach the mount", target: target, errno: .current, detail: nil)
        }
    }

    /// mount(2) of a kernel file system such as proc.
    package static func mountNew(
        _ type: String, at target: FilePath, _ flags: Int = 0, options: String = ""
    ) throws(MountError) {
        let result = target.withPlatformString { mount(type, $0, type, UInt(flags), options) }
        guard result == 0 else {
            throw .refused(step: "mount \(type)", target: target, errno: .current, detail: nil)
        }
    }

    private static func call(_ step: String, _ target: FilePath, _ flags: Int) throws(MountError) {
        guard target.withPlatformString({ mount(nil, $0, nil, UInt(flags), nil) }) == 0 else {
            throw .refused(step: step, target: target, errno: .current, detail: nil)
        }
    }
}
