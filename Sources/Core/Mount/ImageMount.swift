internal import CLinux
internal import Glibc
internal import Host
package import SystemPackage

/// The file system in an image, opened, and not mounted anywhere yet.
///
/// Whoever may use devices can open it for somebody who may not: a container's own process is in a cgroup that forbids
/// them.
package struct ImageMount: ~Copyable {
    private let mount: Descriptor

    /// Takes over one that somebody else has opened (``descriptor``).
    package init(owning descriptor: Int32) { mount = Descriptor(owning: descriptor) }

    /// To be handed to another process.
    package var descriptor: Int32 { mount.rawValue }

    /// Opens the image: through a loop device, which all its mounts share, and with it what the kernel has read; else
    /// straight from the file (EROFS, Linux 6.12), where each mount has a cache of its own.
    ///
    /// - Throws: ``MountError`` or ``SystemCallError``.
    ///
    /// - Parameter devices: nil until they are needed; whoever opens several images keeps them.
    package init(_ mount: FileSystemMount, _ devices: inout LoopDevices?) throws {
        let image = FilePath(mount.source)
        do throws(SystemCallError) {
            if devices == nil { devices = try LoopDevices() }
            guard let device = try devices?.open(for: image) else {
                throw SystemCallError("open", "/dev/loop-control", errno: .noSuchAddressOrDevice)
            }
            self.mount = try Self.open(mount, device.path)
            _ = consume device
        } catch {
            if error.call.hasPrefix("mount ") { throw Self.refusal(mount, error.errno) }
            do throws(SystemCallError) { self.mount = try Self.open(mount, image) } catch let direct {
                // It takes no files: what keeps the loop devices away is what is wrong.
                guard direct.errno == .notBlockDevice else { throw Self.refusal(mount, direct.errno) }
                throw error
            }
        }
    }

    /// Mounts it.
    package consuming func attach(to target: FilePath, type: String) throws(MountError) {
        let result = target.withPlatformString {
            move_mount(mount.rawValue, "", AT_FDCWD, $0, UInt32(MOVE_MOUNT_F_EMPTY_PATH))
        }
        guard result == 0 else {
            throw .refused(step: "mount \(type)", target: target, errno: .current, detail: nil)
        }
    }

    private static func refusal(_ mount: FileSystemMount, _ errno: Errno) -> MountError {
        .refused(
            step: "mount \(mount.type) of \(mount.source)", target: mount.target, errno: errno, detail: nil)
    }

    /// fsopen(2) to fsmount(2), Linux 5.2.
    private static func open(
        _ mount: FileSystemMount, _ source: FilePath
    ) throws(SystemCallError) -> Descriptor {
        let name = "mount \(mount.type)"
        let context = Descriptor(
            owning: try systemCall(name) {
                mount.type.withCString { fsopen($0, UInt32(FSOPEN_CLOEXEC)) }
            })
        func set(_ command: fsconfig_command, _ key: String?, _ value: String?) throws(SystemCallError) {
            let number = context.rawValue
            func call(_ key: UnsafePointer<CChar>?, _ value: UnsafePointer<CChar>?) -> Int32 {
                fsconfig(number, command.rawValue, key, value, 0)
            }
            try systemCall(name) {
                guard let key else { return call(nil, nil) }
                return key.withCString { key in
                    value.map { $0.withCString { call(key, $0) } } ?? call(key, nil)
                }
            }
        }
        try set(FSCONFIG_SET_STRING, "source", source.string)
        for option in mount.options {
            switch option {
            case .flag(let key), .optional(let key): try set(FSCONFIG_SET_FLAG, key, nil)
            case .string(let key, let value): try set(FSCONFIG_SET_STRING, key, value)
            case .directory, .file, .layers: throw SystemCallError(name, errno: .invalidArgument)
            }
        }
        if mount.readOnly { try set(FSCONFIG_SET_FLAG, "ro", nil) }
        try set(FSCONFIG_CMD_CREATE, nil, nil)
        let (number, attributes) = (context.rawValue, mount.readOnly ? UInt32(MOUNT_ATTR_RDONLY) : 0)
        return Descriptor(
            owning: try systemCall(name) { fsmount(number, UInt32(FSMOUNT_CLOEXEC), attributes) })
    }
}
