internal import CLinux
internal import Glibc
internal import Host
internal import Synchronization
package import SystemPackage

/// A program that serves a mount (a file system in user space): it has mounted something, and ends when that is unmounted
/// by everybody.
///
/// It runs in a mount namespace of its own, and so keeps nobody else's alive. The mount is fetched from there: what holds
/// it, and with it the program, is where it was put, whoever ends how.
package final class MountServer: Sendable {
    private let child: ChildProgram
    private let target: FilePath
    /// What the program says; nobody reads it after the start, and it need not end by that.
    private let words: Descriptor
    /// Readable when the program has ended.
    private let process: Descriptor

    /// The thread that started it.
    private let thread = clx_thread_id()

    /// Those that this process has started and not waited for.
    private static let running = Mutex<[MountServer]>([])

    /// How long a program may take to mount, in milliseconds.
    static let patience = 10_000

    private init(
        _ child: ChildProgram, at target: FilePath, words: consuming Descriptor, process: consuming Descriptor
    ) {
        self.child = child
        self.target = target
        self.words = words
        self.process = process
    }

    /// Starts a program that mounts something at `target` and serves it, and waits until it is there.
    ///
    /// - Throws: ``ProgramError``, ``MountError`` or ``SystemCallError``; the program has ended then.
    static func start(_ call: ProgramCall, at target: FilePath, patience: Int = patience) throws {
        // One that was there before may still be writing down what it has not yet.
        try settle(at: target)
        let file = try call.open()
        let nothing = try Descriptor("/dev/null", O_RDWR)
        let pipe = try DescriptorPair.pipe()
        let (reading, writing) = pipe.takeBoth()
        let words = Descriptor(owning: reading)
        let child: ChildProgram
        do {
            defer { close(writing) }
            child = try ChildProgram.start(
                file.file, called: file.path, call.arguments,
                streams: [nothing.rawValue, writing, writing], hasOwnMounts: true, diesWithCaller: false)
        }
        do {
            let process = Descriptor(
                owning: try systemCall("pidfd_open", call.program) { clx_pidfd_open(child.process) })
            let server = MountServer(child, at: target, words: words, process: process)
            try server.waitForMount(program: call.program, patience)
            try server.fetch()
            running.withLock { $0.append(server) }
        } catch {
            child.kill()
            child.wait()
            throw error
        }
    }

    /// Waits until the program's mount namespace has something at the target.
    private func waitForMount(program: String, _ patience: Int) throws {
        let table = FilePath("/proc/\(child.process)/mountinfo")
        // One that has ended has no mounts, and says so in another way.
        let number = clx_openat(AT_FDCWD, table.string, O_RDONLY | O_CLOEXEC, 0)
        defer { if number >= 0 { close(number) } }
        let before = Self.now()
        var said: [UInt8] = []
        while true {
            if (try? MountTable(path: table))?.mount(at: target) != nil { return }
            let left = patience - (Self.now() - before)
            if left <= 0 {
                throw ProgramError.tookTooLong(
                    program: program, target: target.string, seconds: patience / 1000,
                    words: ProgramError.words(of: said))
            }
            // proc(5): poll(2) tells of a change of the mounts as POLLERR and POLLPRI.
            var set = [
                pollfd(fd: number, events: Int16(POLLPRI), revents: 0),
                pollfd(fd: process.rawValue, events: Int16(POLLIN), revents: 0),
                pollfd(fd: words.rawValue, events: Int16(POLLIN), revents: 0),
            ]
            try systemCall("poll") { poll(&set, nfds_t(set.count), Int32(left)) }
            if set[2].revents & Int16(POLLIN) != 0 {
                said = (said + read()).suffix(4 << 10)
            } else if set[1].revents != 0 {
                throw ProgramError.servedNothing(
                    program: program, target: target.string, words: ProgramError.words(of: said))
            }
        }
    }

    private func read() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 4 << 10) { room, count in
            count = max(0, Glibc.read(words.rawValue, room.baseAddress, room.count))
        }
    }

    /// Puts the mount into the calling thread's namespace, and takes it out of the program's.
    private func fetch() throws {
        let its = try Descriptor(FilePath("/proc/\(child.process)/ns/mnt"), O_RDONLY)
        let (namespace, target) = (its.rawValue, target)
        // On a thread of its own, as one that shares its root and current directory enters no mount namespace (setns(2)).
        let tree = try WorkerThread { () throws -> Int32 in
            try systemCall("unshare", "root directory") { clx_unshare(CLONE_FS) }
            try systemCall("setns", "mount namespace") { clx_setns(namespace, CLONE_NEWNS) }
            let tree = try Mounting.take(target)
            try Mounting.detach(target)
            return tree.take()
        }.join()
        try Mounting.attach(Descriptor(owning: tree), at: target)
    }

    /// Waits for the end of the programs that served what was mounted at `target` by this thread, if it is not any more.
    package static func settle(at target: FilePath) throws {
        guard areRunning, try MountTable().mount(at: target) == nil else { return }
        let thread = clx_thread_id()
        settle { $0.target == target && $0.thread == thread }
    }

    /// Waits for the end of those that a thread has started, which has ended, and its mounts with it.
    static func settle(thread: pid_t) {
        settle { $0.thread == thread }
    }

    /// Waits for the end of all.
    package static func settleAll() {
        settle { _ in true }
    }

    /// Those that do not end in a while are killed: nobody can use what they serve.
    private static func settle(_ isMeant: (MountServer) -> Bool) {
        let ended = running.withLock { running in
            let chosen = running.filter(isMeant)
            running.removeAll(where: isMeant)
            return chosen
        }
        for server in ended {
            var set = [pollfd(fd: server.process.rawValue, events: Int16(POLLIN), revents: 0)]
            while poll(&set, 1, Int32(patience)) < 0 && errno == EINTR {}
            if set[0].revents == 0 { server.child.kill() }
            server.child.wait()
        }
    }

    /// Whether this process has any.
    static var areRunning: Bool { running.withLock { !$0.isEmpty } }

    private static func now() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
    }
}
