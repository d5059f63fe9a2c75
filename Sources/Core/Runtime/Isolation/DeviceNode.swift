internal import CLinux
internal import Glibc
internal import Host
public import SystemPackage

/// A device of the host that a container gets.
public struct DeviceNode: Sendable, Equatable {
    /// Where it is in the container: an absolute path.
    public var path: FilePath
    /// True for a block device, false for a character device.
    public var isBlock: Bool
    /// The two parts of the device's number.
    public var major: UInt32
    /// See ``major``.
    public var minor: UInt32
    /// The node's permission bits.
    public var mode: UInt32
    /// The node's owner and group, as they are on the host.
    public var owner: UInt32
    /// See ``owner``.
    public var group: UInt32
    /// What may be done: some of "rwm", read, write and make nodes.
    public var access: String
    /// Where the host has it: for whom cannot make nodes.
    public var source: FilePath

    /// The devices that `--device` asks for: one node, or all below a directory.
    ///
    /// - Throws: ``RunError/invalidOption(option:value:reason:)``.
    package static func parse(_ text: String) throws -> [DeviceNode] {
        func refuse(_ reason: String) -> RunError {
            .invalidOption(option: "--device", value: text, reason: reason)
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 3, let host = parts.first, host.hasPrefix("/") else {
            throw refuse("not HOST[:CONTAINER[:rwm]] with absolute paths")
        }
        var target = host
        var access = "rwm"
        for (number, part) in parts.dropFirst().enumerated() {
            // The second part may be the permissions already, as docker has it.
            if part.hasPrefix("/") && number == 0 {
                target = part
            } else if !part.isEmpty && Set(part).isSubset(of: "rwm") && number == parts.count - 2 {
                access = part
            } else {
                throw refuse("\"\(part)\" is neither an absolute path nor some of r, w and m")
            }
        }
        let path = FilePath(target)
        guard !path.components.contains(where: { $0.kind == .parentDirectory }) else {
            throw refuse("it has \"..\"")
        }
        do {
            let nodes = try find(FilePath(host).appending(FilePath(".").components), at: path, access)
            guard nodes.isEmpty else { return nodes }
        } catch let error as SystemCallError {
            guard error.errno == .notDirectory else { throw refuse("\(error.errno)") }
            var status = stat()
            guard FilePath(host).withPlatformString({ stat($0, &status) }) == 0 else {
                throw refuse("\(Errno.current)")
            }
            if let node = DeviceNode(status, at: path, access, from: FilePath(host)) { return [node] }
        }
        throw refuse("it is no device")
    }

    /// Every device of the host's /dev, but terminals and what a container has of its own.
    package static func all() throws -> [DeviceNode] {
        try find("/dev", at: "/dev", "rwm")
    }

    private static let own: Set<String> = ["pts", "shm", "mqueue", "fd", "console", "ptmx", "tty"]

    private static func find(_ directory: FilePath, at target: FilePath, _ access: String) throws
        -> [DeviceNode]
    {
        try Files.list(directory).sorted().flatMap { name -> [DeviceNode] in
            let path = directory.appending(FilePath(name).components)
            let inside = target.appending(FilePath(name).components)
            guard !(target == "/dev" && own.contains(name)), let status = Files.status(path) else {
                return []
            }
            if status.st_mode & S_IFMT == S_IFDIR { return try find(path, at: inside, access) }
            return DeviceNode(status, at: inside, access, from: path).map { [$0] } ?? []
        }
    }

    private init?(_ status: stat, at path: FilePath, _ access: String, from source: FilePath) {
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFCHR || kind == S_IFBLK else { return nil }
        self.init(
            path: path, isBlock: kind == S_IFBLK, major: clx_device_major(UInt64(status.st_rdev)),
            minor: clx_device_minor(UInt64(status.st_rdev)), mode: status.st_mode & 0o7777,
            owner: status.st_uid,
            group: status.st_gid, access: access, source: source)
    }

    init(
        path: FilePath, isBlock: Bool, major: UInt32, minor: UInt32, mode: UInt32, owner: UInt32,
        group: UInt32,
        access: String, source: FilePath = ""
    ) {
        self.path = path
        self.isBlock = isBlock
        self.major = major
        self.minor = minor
        self.mode = mode
        self.owner = owner
        self.group = group
        self.access = access
        self.source = source
    }
}
