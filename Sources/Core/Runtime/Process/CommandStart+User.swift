internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

extension CommandStart {
    /// Whom the command is to run as, looked up in the container's own files.
    func findUser() throws -> ContainerUser {
        if spec.user.isEmpty && spec.groups.isEmpty { return .root }
        do {
            let (passwd, group) = (try Self.database("etc/passwd"), try Self.database("etc/group"))
            var user = spec.user.isEmpty ? .root : try ContainerUser(spec.user, passwd: passwd, group: group)
            try user.join(spec.groups, group: group)
            return user
        } catch ContainerUser.Problem.noUser(let name) {
            throw InitFailure(
                "find the user", name, errno: .noSuchFileOrDirectory, detail: "not in the image's /etc/passwd"
            )
        } catch ContainerUser.Problem.noGroup(let name) {
            throw InitFailure(
                "find the group", name, errno: .noSuchFileOrDirectory, detail: "not in the image's /etc/group"
            )
        }
    }

    /// The content of a file that came with the image: nothing if it is none that can be read to its end.
    private static func database(_ path: String) throws -> String {
        let largest = 1 << 20
        let root = try Descriptor("/", O_RDONLY | O_DIRECTORY)
        // Links lead to files of the image only, and not, over /proc, to what this process has open. A pipe is
        // not waited for.
        let number = clx_openat_in_root(root.rawValue, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0)
        guard number >= 0 else { return "" }
        let file = Descriptor(owning: number)
        var status = stat()
        guard fstat(file.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size <= largest
        else { return "" }
        return String(decoding: try file.readAll(limit: largest, subject: "/\(path)"), as: UTF8.self)
    }

    /// Lets the user open the streams again by their names in /dev: they were root's.
    ///
    /// Only the container's own terminal and pipes without a name: nothing of the host's file system changes hands.
    func handOverStreams(to user: ContainerUser) {
        guard user.uid != 0 else { return }
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            var system = statfs()
            guard fstatfs(stream, &system) == 0 else { continue }
            let isPipe = system.f_type == PIPEFS_MAGIC
            if isPipe || spec.terminal { fchown(stream, user.uid, gid_t.max) }
        }
    }

    /// Becomes the user for good; what root could do is gone after this.
    func become(_ user: ContainerUser) throws {
        do { try systemCall("setgroups") { setgroups(user.groups.count, user.groups) } } catch {
            // Where there is one group only, nobody may change any (user_namespaces(7)).
            guard ProcessRights.areLimited, user.groups.isEmpty else { throw error }
        }
        if user.gid != 0 { try change("setgid", user.gid, setgid) }
        guard user.uid != 0 else { return }
        // Takes the capabilities along (capabilities(7), "Effect of user ID changes on capabilities").
        try change("setuid", user.uid, setuid)
    }

    private func change(_ call: String, _ number: UInt32, _ body: (UInt32) -> Int32) throws {
        do { try systemCall(call, "\(number)") { body(number) } } catch {
            guard error.errno == .invalidArgument else { throw error }
            throw InitFailure(
                call, "\(number)", errno: .invalidArgument,
                detail: "the container's user namespace has nobody of that number")
        }
    }

    /// Has this process end with the mydocker that watches over it, which a change of the user has undone (prctl(2)).
    static func stayWithParent(_ channels: ContainerInit.Channels) {
        clx_prctl(PR_SET_PDEATHSIG, UInt(SIGKILL))
        // It may have died before: then nobody can read what is written to it.
        var status = pollfd(fd: channels.status, events: 0, revents: 0)
        if poll(&status, 1, 0) > 0, status.revents & Int16(POLLERR) != 0 {
            _exit(ExitStatus.ownError.rawValue)
        }
    }
}
