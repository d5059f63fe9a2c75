internal import Glibc
internal import Host
internal import SystemPackage

/// Makes all processes of a container stand still, by the freezer of its cgroup: `cgroup.freeze` of version 2
/// (Linux 5.2), or a version 1 hierarchy with the freezer controller that the container is in.
package struct ContainerFreezer {
    private let control: FilePath
    private let words: (frozen: String, thawed: String)
    private let state: FilePath
    private let frozenState: String

    /// The freezer of container `id`; nil if it has none.
    ///
    /// - Parameter parent: the cgroup that the container's was made in.
    package init?(id: String, below parent: CgroupParent = .usual, hierarchies: [CgroupHierarchy]) {
        let directories = ContainerCgroup.find(id: id, below: parent, hierarchies: hierarchies).directories
        // Each is asked once: a lazy compactMap asks twice, and the container may be gone at the second time.
        for directory in directories {
            guard let freezer = Self(of: directory) else { continue }
            self = freezer
            return
        }
        return nil
    }

    /// The freezer of one cgroup; nil if it has none.
    init?(of directory: FilePath) {
        if Files.exists(directory.appending("cgroup.freeze")) {
            control = directory.appending("cgroup.freeze")
            words = ("1", "0")
            state = directory.appending("cgroup.events")
            frozenState = "frozen 1"
        } else if Files.exists(directory.appending("freezer.state")) {
            control = directory.appending("freezer.state")
            words = ("FROZEN", "THAWED")
            state = control
            frozenState = "FROZEN"
        } else {
            return nil
        }
    }

    /// Runs `body` while the processes stand still.
    ///
    /// Signals that would end this process wait until the container goes on.
    package func whileFrozen<Result>(_ body: () throws -> Result) throws -> Result {
        var ending = sigset_t()
        var previous = sigset_t()
        sigemptyset(&ending)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] { sigaddset(&ending, signal) }
        sigprocmask(SIG_BLOCK, &ending, &previous)
        defer { sigprocmask(SIG_SETMASK, &previous, nil) }
        try freeze()
        defer { try? thaw() }
        return try body()
    }

    /// Lets the processes go on, whoever has stopped them.
    package func thaw() throws(CgroupError) { try set(words.thawed) }

    /// True if somebody has asked for it to stand still, whether it does already or not.
    package var isFrozen: Bool {
        // Of version 1, what was asked of this cgroup, not of one above.
        let file = words.frozen == "1" ? control : control.parent.appending("freezer.self_freezing")
        return (try? Files.read(file)) == "1\n"
    }

    /// Makes the processes stand still until somebody lets them go on.
    ///
    /// - Throws: ``CgroupError``; they go on then.
    package func freeze() throws(CgroupError) {
        do {
            try set(words.frozen)
            try waitUntilFrozen()
        } catch {
            try? thaw()
            throw error
        }
    }

    private func set(_ word: String) throws(CgroupError) {
        do { try Files.set(control, word) } catch {
            throw .failed(operation: "freeze", path: control, errno: error.errno)
        }
    }

    /// Freezing takes as long as the slowest process needs to leave the kernel.
    private func waitUntilFrozen() throws(CgroupError) {
        for _ in 0..<2000 {
            if let text = try? Files.read(state), text.split(separator: "\n").contains(Substring(frozenState))
            {
                return
            }
            usleep(5000)
        }
        throw .failed(operation: "freeze", path: control, errno: .timedOut)
    }
}
