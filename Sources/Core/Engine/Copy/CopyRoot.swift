internal import CLinux
internal import Glibc
internal import Host
internal import Runtime
internal import SystemPackage
internal import Tree

/// What paths of one side of a copy start from: this process's own root, or a container's, which no link leads out of.
struct CopyRoot: Sendable {
    /// The container's root directory, open; nil for this process's.
    let directory: Int32?
    /// Who the users of the container are there, if they are others than they look like from here.
    var users: IDMap?

    /// A name in an open directory.
    struct Place: ~Copyable {
        let parent: Descriptor
        let name: [UInt8]
        /// What lstat(2) says; nil if there is nothing.
        let status: stat?
    }

    /// Opens a path as a process would whose root this is.
    func open(_ path: [UInt8], _ flags: Int32) throws(SystemCallError) -> Descriptor {
        let flags = flags | O_CLOEXEC
        guard let directory else {
            return Descriptor(
                owning: try systemCall("open", String(fileName: path)) {
                    path.withFileName { clx_openat(AT_FDCWD, $0, flags, 0) }
                })
        }
        do throws(SystemCallError) {
            return Descriptor(
                owning: try systemCall("openat2", String(fileName: path)) {
                    path.withFileName { clx_openat_in_root(directory, $0, flags, 0) }
                })
        } catch {
            guard error.errno == .noFunction else { throw error }
            return try Self.openAfterChroot(path, flags, in: directory)
        }
    }

    /// Linux before 5.6: a thread whose root it is opens the path.
    private static func openAfterChroot(
        _ path: [UInt8], _ flags: Int32, in root: Int32
    ) throws(SystemCallError) -> Descriptor {
        let thread = try WorkerThread { () -> Result<Int32, SystemCallError> in
            Result { () throws(SystemCallError) in
                try systemCall("unshare") { clx_unshare(CLONE_FS) }
                try systemCall("fchdir") { fchdir(root) }
                try systemCall("chroot") { chroot(".") }
                return try systemCall("open", String(fileName: path)) {
                    path.withFileName { clx_openat(AT_FDCWD, $0, flags, 0) }
                }
            }
        }
        guard let result = try? thread.join() else { throw SystemCallError("chroot", errno: .canceled) }
        return Descriptor(owning: try result.get())
    }

    /// Finds what a path names; a link at its end is followed only if `follows`.
    ///
    /// - Throws: ``CopyError`` if the directory that it is in is not there.
    func find(_ path: CopyPath, follows: Bool) throws -> Place {
        var path = path
        // As many as the kernel follows (path_resolution(7)).
        for _ in 0..<40 {
            let parent: Descriptor
            do { parent = try open(path.parent, O_RDONLY | O_DIRECTORY) } catch {
                throw CopyError.unreachable(path: String(fileName: path.parent), error)
            }
            let status = try LayerDirectory.status(path.name, in: parent.rawValue)
            guard follows, let link = status, link.type == S_IFLNK else {
                return Place(parent: parent, name: path.name, status: status)
            }
            let target = try FileLink.target(of: path.name, in: parent.rawValue)
            let isAbsolute = target.first == UInt8(ascii: "/")
            path = CopyPath(isAbsolute ? target : path.parent + [UInt8(ascii: "/")] + target)
            if path.isDirectory {
                // No name of its own, or one with a slash after it: the kernel knows the rest.
                let directory = try openDirectory(path)
                return Place(parent: directory, name: [UInt8(ascii: ".")], status: link)
            }
        }
        throw CopyError.linksInCircle(path: path.displayName)
    }

    /// Opens a directory, whatever links lead to it.
    func openDirectory(_ path: CopyPath) throws -> Descriptor {
        do { return try open(path.path, O_RDONLY | O_DIRECTORY) } catch {
            throw CopyError.unreachable(path: path.displayName, error)
        }
    }

    /// Calls `body` as one who can make files there: where the users are others, only they can.
    func acting(_ body: () throws -> Void) throws {
        guard let root = users?.root else { return try body() }
        let own = (user: geteuid(), group: getegid())
        try systemCall("setfsuid", "\(root.user)") { clx_act_as(root.user, root.group) }
        defer { clx_act_as(own.user, own.group) }
        try body()
    }

    /// Whose a file there is when it is seen inside, or the other way round: nobody's if it is nobody's there.
    func inside(_ user: UInt32, _ group: UInt32) -> (user: UInt32, group: UInt32) {
        guard let users else { return (user, group) }
        return (users.inside(user: user) ?? Self.nobody, users.inside(group: group) ?? Self.nobody)
    }

    func outside(_ user: UInt32, _ group: UInt32) -> (user: UInt32, group: UInt32)? {
        guard let users else { return (user, group) }
        guard let user = users.outside(user: user), let group = users.outside(group: group) else {
            return nil
        }
        return (user, group)
    }

    /// What the kernel shows for whom it does not know (/proc/sys/kernel/overflowuid).
    private static let nobody: UInt32 = 65534
}
