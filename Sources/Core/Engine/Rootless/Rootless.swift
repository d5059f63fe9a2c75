internal import CLinux
internal import Glibc
internal import Host
internal import Mount
internal import Runtime
internal import Storage
internal import SystemPackage

/// mydocker as an ordinary user: it becomes root in a user namespace, and goes on there (user_namespaces(7)).
///
/// All processes of a user share one: a command on a running container has rights over it only there. There is no process
/// that keeps it: whoever has it is noted in `processes/PID-START` of the runtime directory, and whoever comes joins
/// one that lives, or makes a new namespace if there is none.
public enum Rootless {
    /// Where the user has things; nil for root.
    nonisolated(unsafe) public private(set) static var places: RootlessPlaces?

    /// True if an ordinary user has started this program.
    public static var isNeeded: Bool { clx_starting_user() != 0 }

    /// Becomes root in the user's namespace.
    ///
    /// Must be called first of all, while the process has a single thread.
    ///
    /// - Parameter notice: is told what the user has to do without.
    /// - Throws: ``RootlessError``, ``SystemCallError``; nothing has changed then.
    public static func enter(notice: (String) -> Void) throws {
        let user = geteuid()
        guard user == getuid(), getegid() == getgid() else { throw RootlessError.setUserID }
        let places = try RootlessPlaces(user: user)
        let processes = places.runtime.appending("processes")
        if !Files.isDirectory(processes) { try Files.makeDirectories(processes, mode: 0o700) }
        let lock = try Descriptor(processes, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        try systemCall("flock", processes) { _ in flock(lock.rawValue, LOCK_EX) }
        if try !join(oneOf: processes) {
            let ids = SubordinateIDs.own(user: user, group: getegid())
            if ids == nil {
                notice(
                    "the container has root and no other user: /etc/subuid and /etc/subgid give the user no more"
                )
            }
            try RootlessNamespace.make(user: user, group: getegid(), ids)
        }
        // Mounts that this process makes are seen by nobody else.
        try systemCall("unshare", "mount namespace") { clx_unshare(CLONE_NEWNS) }
        ProcessRights.areLimited = true
        self.places = places
        Store.runtime = places.runtime
        try note()
    }

    /// Notes that this process has the user's namespace: for one that is made by fork(2), and lives on.
    static func note() throws {
        guard let places, let start = ProcessStart.ticks(of: getpid()) else { return }
        try Files.create(
            places.runtime.appending("processes").appending("\(getpid())-\(start)"), mode: 0o600)
    }

    /// Enters the namespace of one of the processes that are noted; forgets those that have ended.
    private static func join(oneOf processes: FilePath) throws -> Bool {
        var own = stat()
        try systemCall("stat", "/proc/self/ns/user") { stat($0, &own) }
        for process in try living(processes) {
            guard let namespace = try? Descriptor(FilePath("/proc/\(process)/ns/user"), O_RDONLY) else {
                continue
            }
            var theirs = stat()
            let descriptor = namespace.rawValue
            guard fstat(descriptor, &theirs) == 0, theirs.st_ino != own.st_ino,
                clx_setns(descriptor, CLONE_NEWUSER) == 0
            else { continue }
            return true
        }
        return false
    }

    /// The processes that are noted and have not ended; notes of others are removed.
    private static func living(_ processes: FilePath) throws -> [pid_t] {
        try Files.list(processes, following: false).compactMap { name in
            let numbers = name.split(separator: "-").map { UInt64($0) }
            if numbers.count == 2, let number = numbers[0], let start = numbers[1],
                let process = pid_t(exactly: number), ProcessStart.ticks(of: process) == start
            {
                return process
            }
            try? Files.remove(processes.appending(FilePath(name).components))
            return nil
        }
    }
}
