internal import CLinux
internal import Glibc
package import Host
internal import Mount
internal import SystemPackage

/// User namespaces, and what the kernel is told about them (user_namespaces(7)).
package enum UserNamespace {
    /// A user namespace with these numbers and no process in it.
    ///
    /// Must be called while the process has a single thread.
    ///
    /// - Throws: ``SystemCallError``.
    package static func make(_ map: IDMap) throws(SystemCallError) -> Descriptor {
        let (reading, writing) = try DescriptorPair.pipe().takeBoth()
        let end = Descriptor(owning: writing)
        defer { close(reading) }
        let child = try systemCall("clone", "a user namespace") {
            clx_clone(UInt64(CLONE_NEWUSER), -1, nil)
        }
        if child == 0 {
            // Until the other half has what it wants, or has died.
            close(end.rawValue)
            var byte: UInt8 = 0
            read(reading, &byte, 1)
            _exit(0)
        }
        defer {
            kill(child, SIGKILL)
            while waitpid(child, nil, 0) < 0 && errno == EINTR {}
        }
        try write(map, for: child)
        return try Descriptor(FilePath("/proc/\(child)/ns/user"), O_RDONLY)
    }

    /// Tells the kernel who the users and groups of a new process's user namespace are.
    ///
    /// - Throws: ``SystemCallError``.
    static func write(_ map: IDMap, for process: pid_t) throws(SystemCallError) {
        for (name, ranges) in [("gid_map", map.groups), ("uid_map", map.users)] {
            let path = FilePath("/proc/\(process)/\(name)")
            let lines = ranges.map { "\($0.inside) \($0.outside) \($0.count)\n" }.joined(by: "")
            // All of it at once, or nothing.
            let file = try Descriptor(path, O_WRONLY)
            try file.write(Array(lines.utf8), subject: path.string)
        }
    }

    /// In a process whose user namespace this is: becomes its root.
    ///
    /// The kernel forgets with whom the process was to die, and lets others look into it: so both are said again.
    static func becomeRoot() throws(SystemCallError) {
        try systemCall("setresuid", "root") { clx_become(0, 0) }
        clx_prctl(PR_SET_DUMPABLE, 0)
    }
}

extension IDMap {
    /// How files that belong to its root on the disk become its root's.
    func mapping(_ namespace: borrowing Descriptor) -> MountMapping {
        let root = root
        return MountMapping(namespace, root: root.user, root.group) { [users] number in
            users.contains { $0.contains(outside: number) }
        }
    }
}
