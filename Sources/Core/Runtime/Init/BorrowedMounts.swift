internal import CLinux
internal import Glibc
internal import Host
internal import Mount
internal import SystemPackage

/// What a container's root has of the host's because nobody in a user namespace can make it: taken while the host's files
/// are still there, and put in its place when they are gone.
///
/// /proc and /sys can be mounted only where they are visible already (mount_too_revealing in fs/namespace.c); device nodes
/// cannot be made at all, so they are bind mounts of the host's.
struct BorrowedMounts: ~Copyable {
    private let processes: Descriptor
    private let system: Descriptor
    /// The usual devices, then those that were asked for.
    private let devices: [Int32]

    private static let usualDevices = ["null", "zero", "full", "random", "urandom", "tty"]

    init(_ root: RootSpec) throws {
        let attributes = UInt32(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
        // With the host's process numbers, only the host can have mounted it.
        let processes = getpid() == 1 ? try Self.mount("proc", attributes) : try Mounting.take("/proc")
        let system = try Self.mount(
            "sysfs", attributes | (root.writableSystem ? 0 : UInt32(MOUNT_ATTR_RDONLY)))
        let devices =
            try Self.usualDevices.map { try Self.take(FilePath("/dev").appending($0)) }
            + root.devices.map { try Self.take($0.source) }
        self.processes = processes
        self.system = system
        self.devices = devices
    }

    deinit {
        for device in devices { close(device) }
    }

    func placeProcesses() throws { try Mounting.attach(processes, at: "/proc") }

    func placeSystem() throws { try Mounting.attach(system, at: "/sys") }

    func placeUsualDevices() throws {
        for (name, device) in zip(Self.usualDevices, devices) {
            let path = FilePath("/dev").appending(name)
            try Files.create(path)
            try Self.attach(device, at: path)
        }
    }

    /// Puts the devices in their places that the container was given.
    func placeDevices(_ nodes: [DeviceNode]) throws {
        for (node, device) in zip(nodes, devices.dropFirst(Self.usualDevices.count)) {
            guard let name = node.path.lastComponent else { continue }
            let directory = try ContainerPath.openDirectory(making: node.path.parent)
            let made = clx_openat(
                directory.rawValue, name.string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            guard made >= 0 else {
                // What every container has already.
                guard cErrno == EEXIST, Files.isDevice(node.path) else {
                    throw SystemCallError("create", node.path)
                }
                continue
            }
            try Self.attach(device, at: FilePath("/proc/self/fd/\(made)"))
            close(made)
        }
    }

    /// fsopen(2) to fsmount(2): a file system that is nowhere yet.
    private static func mount(_ type: String, _ attributes: UInt32) throws -> Descriptor {
        let context = Descriptor(
            owning: try systemCall("mount \(type)") {
                type.withCString { fsopen($0, UInt32(FSOPEN_CLOEXEC)) }
            })
        let number = context.rawValue
        try systemCall("mount \(type)") { fsconfig(number, FSCONFIG_CMD_CREATE.rawValue, nil, nil, 0) }
        return Descriptor(
            owning: try systemCall("mount \(type)", "in a user namespace") {
                fsmount(number, UInt32(FSMOUNT_CLOEXEC), attributes)
            })
    }

    private static func take(_ device: FilePath) throws -> Int32 {
        try systemCall("take the device", device) {
            open_tree(AT_FDCWD, $0, UInt32(OPEN_TREE_CLONE) | UInt32(O_CLOEXEC))
        }
    }

    private static func attach(_ device: Int32, at path: FilePath) throws {
        try systemCall("attach the device", path) {
            move_mount(device, "", AT_FDCWD, $0, UInt32(MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS))
        }
    }
}
