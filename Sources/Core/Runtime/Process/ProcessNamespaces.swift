internal import CLinux
package import Glibc
package import Host
internal import SystemPackage

/// Which namespaces a new process gets (namespaces(7)): new ones, or another process's.
package struct ProcessNamespaces: ~Copyable {
    /// CLONE_NEW flags of those that are made with the process.
    private(set) var made: UInt64
    /// Those that it enters, in the order in which it does, but the one of process numbers.
    private let entered: [Int32]
    /// The one of process numbers that it is born in; nil for a new one, or the caller's.
    private let numbers: Int32?
    /// The mount namespace that it is born in, with a copy of it for itself; nil for the caller's.
    private var mounts: Int32?
    /// Who its users are, if it has a user namespace of its own.
    private(set) var users: IDMap?
    /// True if it becomes a process of a user namespace that there is already.
    let entersUsers: Bool

    /// A namespace's kind: its name in /proc/PID/ns, and clone(2)'s flag.
    package enum Kind: String, CaseIterable, Sendable {
        // A user namespace first: it decides about all others. The mounts last: the host's files are gone then.
        case user, ipc, uts, net, pid, cgroup, mnt

        var flag: Int32 {
            switch self {
            case .user: CLONE_NEWUSER
            case .ipc: CLONE_NEWIPC
            case .uts: CLONE_NEWUTS
            case .net: CLONE_NEWNET
            case .pid: CLONE_NEWPID
            case .cgroup: CLONE_NEWCGROUP
            case .mnt: CLONE_NEWNS
            }
        }
    }

    /// Those that every container has to itself, besides the cgroup namespace that init enters itself.
    static let usual: [Kind] = [.uts, .pid, .mnt, .net, .ipc]

    /// All new.
    package static var allNew: ProcessNamespaces {
        // A literal, so that no start puts it together.
        ProcessNamespaces(
            made: UInt64(CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC),
            entered: [],
            numbers: nil)
    }

    /// New ones, but those of `kept`, which are the caller's, and those of `processes`.
    ///
    /// - Throws: ``SystemCallError``.
    package static func new(
        keeping kept: [Kind], entering processes: [(kind: Kind, process: pid_t)]
    ) throws(SystemCallError) -> ProcessNamespaces {
        let strange = kept + processes.map(\.kind)
        var made: UInt64 = 0
        for kind in usual where !strange.contains(kind) { made |= UInt64(UInt32(bitPattern: kind.flag)) }
        var entered: [Int32] = []
        var numbers: Int32?
        for (kind, process) in processes {
            let opened = try Descriptor(path(kind, process), O_RDONLY).take()
            if kind == .pid { numbers = opened } else { entered.append(opened) }
        }
        return ProcessNamespaces(made: made, entered: entered, numbers: numbers)
    }

    /// All of a running process's that are not the caller's.
    ///
    /// - Throws: ``SystemCallError``.
    package static func all(of process: pid_t) throws(SystemCallError) -> ProcessNamespaces {
        var entered: [Int32] = []
        var numbers: Int32?
        var entersUsers = false
        for kind in Kind.allCases {
            var (theirs, own) = (stat(), stat())
            // A kernel without this kind.
            guard stat(path(kind, getpid()).string, &own) == 0 else { continue }
            let opened = try Descriptor(path(kind, process), O_RDONLY)
            guard fstat(opened.rawValue, &theirs) == 0 else {
                throw SystemCallError("stat", path(kind, process))
            }
            if theirs.st_ino == own.st_ino && theirs.st_dev == own.st_dev { continue }
            if kind == .user { entersUsers = true }
            if kind == .pid { numbers = opened.take() } else { entered.append(opened.take()) }
        }
        return ProcessNamespaces(made: 0, entered: entered, numbers: numbers, entersUsers: entersUsers)
    }

    /// With a user namespace of its own besides, which owns all others that are made.
    ///
    /// - Parameter mounts: the mount namespace that it gets a copy of, open.
    mutating func own(_ users: IDMap, mounts: Int32) throws(SystemCallError) {
        self.users = users
        self.mounts = try systemCall("fcntl", "a mount namespace") { clx_duplicate(mounts) }
        made |= UInt64(UInt32(bitPattern: Kind.user.flag))
    }

    private static func path(_ kind: Kind, _ process: pid_t) -> FilePath {
        FilePath("/proc/\(process)/ns/\(kind.rawValue)")
    }

    private init(made: UInt64, entered: [Int32], numbers: Int32?, entersUsers: Bool = false) {
        self.made = made
        self.entered = entered
        self.numbers = numbers
        self.entersUsers = entersUsers
    }

    deinit {
        for descriptor in entered { close(descriptor) }
        if let numbers { close(numbers) }
        if let mounts { close(mounts) }
    }

    /// What the new process has to keep open until ``enter()``.
    var descriptors: [Int32] { entered }

    /// In the new process: enters what is entered.
    borrowing func enter() throws(SystemCallError) {
        for descriptor in entered {
            try systemCall("setns") { clx_setns(descriptor, 0) }
            close(descriptor)
        }
    }

    /// Calls `body`, whose children are born with the right mounts and process numbers.
    ///
    /// - Throws: ``SystemCallError``.
    borrowing func withBoth<Value>(
        _ body: () throws(SystemCallError) -> Value
    ) throws(SystemCallError) -> Value {
        guard mounts != nil else { return try withNumbers(body) }
        return try withMounts { () throws(SystemCallError) in try withNumbers(body) }
    }

    /// Calls `body`, whose children are born with the right mounts.
    ///
    /// - Throws: ``SystemCallError``.
    private borrowing func withMounts<Value>(
        _ body: () throws(SystemCallError) -> Value
    ) throws(SystemCallError) -> Value {
        guard let mounts else { return try body() }
        let own = try Descriptor("/proc/self/ns/mnt", O_RDONLY)
        let directory = try Descriptor(".", clx_O_PATH | O_DIRECTORY)
        try systemCall("setns", "the mounts") { clx_setns(mounts, CLONE_NEWNS) }
        // In the child this fails, and shall: it may not enter the host's namespaces any more.
        defer {
            if clx_setns(own.rawValue, CLONE_NEWNS) == 0 { fchdir(directory.rawValue) }
        }
        return try body()
    }

    /// Calls `body`, whose children are born with the right process numbers.
    ///
    /// - Throws: ``SystemCallError``.
    private borrowing func withNumbers<Value>(
        _ body: () throws(SystemCallError) -> Value
    ) throws(SystemCallError) -> Value {
        guard let numbers else { return try body() }
        let own = try Descriptor("/proc/self/ns/pid", O_RDONLY)
        try systemCall("setns", "the process numbers") { clx_setns(numbers, CLONE_NEWPID) }
        // In the child this is a waste, and does no harm: it is born already.
        defer { clx_setns(own.rawValue, CLONE_NEWPID) }
        return try body()
    }
}
