internal import CLinux
internal import Glibc
internal import Host
internal import Mount
internal import Runtime
internal import SystemPackage

/// The user namespace of an ordinary user: root in it is the user, and the others are the user's subordinate IDs.
enum RootlessNamespace {
    /// Makes it, and enters it.
    ///
    /// - Parameter ids: nil for none: there is nobody but root in it then.
    /// - Throws: ``RootlessError``, ``SystemCallError``.
    static func make(user: UInt32, group: UInt32, _ ids: IDMap?) throws {
        guard let ids else {
            try unshare()
            return try writeAlone(user: user, group: group)
        }
        let map = IDMap(
            users: [IDRange(inside: 0, outside: user, count: 1)] + ids.users,
            groups: [IDRange(inside: 0, outside: group, count: 1)] + ids.groups)
        let start = try DescriptorPair.pipe()
        let answer = try DescriptorPair.pipe()
        let process = getpid()
        // Only from outside, by programs that root has made for it (newuidmap(1)).
        let helper = try systemCall("clone") { clx_clone(0, -1, nil) }
        if helper == 0 {
            let go = start.onlyFirst()
            let result = answer.onlySecond()
            if let byte = try? go.readAll(limit: 1, subject: "a pipe"), !byte.isEmpty {
                try? result.write(Array(write(map, for: process).utf8), subject: "a pipe")
            }
            _exit(0)
        }
        defer { while waitpid(helper, nil, 0) < 0 && errno == EINTR {} }
        let go = start.onlySecond()
        let result = answer.onlyFirst()
        try unshare()
        try go.write([1], subject: "a pipe")
        _ = consume go
        let text = String(decoding: try result.readAll(limit: 1 << 16, subject: "a pipe"), as: UTF8.self)
        guard text == "done" else { throw RootlessError.notMapped(reason: text) }
    }

    private static func unshare() throws {
        guard clx_unshare(CLONE_NEWUSER) != 0 else { return }
        let error = SystemCallError("unshare", "user namespace", errno: .current)
        let settings: [(path: FilePath, value: String)] = [
            ("/proc/sys/kernel/unprivileged_userns_clone", "0"), ("/proc/sys/user/max_user_namespaces", "0"),
            ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"),
        ]
        let setting = settings.first { (try? Files.read($0.path)) == $0.value + "\n" }
        throw RootlessError.noUserNamespaces(
            error,
            switchedOff: setting.map {
                "\($0.path.components.dropFirst(2).map(\.string).joined(separator: ".")) = \($0.value)"
            })
    }

    /// What a process may map itself.
    private static func writeAlone(user: UInt32, group: UInt32) throws {
        // user_namespaces(7), "Interaction with system calls that change process UIDs or GIDs".
        try Files.set("/proc/self/setgroups", "deny")
        try Files.set("/proc/self/uid_map", "0 \(user) 1\n")
        try Files.set("/proc/self/gid_map", "0 \(group) 1\n")
    }

    /// "done", or why not.
    private static func write(_ map: IDMap, for process: pid_t) -> String {
        func words(_ ranges: [IDRange]) -> [String] {
            ["\(process)"] + ranges.flatMap { ["\($0.inside)", "\($0.outside)", "\($0.count)"] }
        }
        do {
            try MountPlan([
                .run(ProgramCall("newuidmap", words(map.users))),
                .run(ProgramCall("newgidmap", words(map.groups))),
            ]).execute()
            return "done"
        } catch { return error.problem }
    }
}

extension SubordinateIDs {
    /// Those of a user, with numbers from 1 on inside; nil if there are none.
    static func own(user: UInt32, group: UInt32) -> IDMap? {
        let names = [name(of: user), "\(user)"].compactMap { $0 }
        func ranges(_ path: FilePath) -> [IDRange] {
            var next: UInt32 = 1
            return entries(of: path).filter { names.contains($0.name) }.map { entry in
                let count = UInt32(entry.range.count)
                defer { next += count }
                return IDRange(inside: next, outside: entry.range.lowerBound, count: count)
            }
        }
        let (users, groups) = (ranges("/etc/subuid"), ranges("/etc/subgid"))
        return users.isEmpty || groups.isEmpty ? nil : IDMap(users: users, groups: groups)
    }

    private static func name(of user: UInt32) -> String? {
        lines(of: "/etc/passwd").first(where: { $0.count > 2 && $0[2] == "\(user)" })?[0]
    }
}
