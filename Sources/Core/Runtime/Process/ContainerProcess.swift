package import CLinux
internal import Glibc
package import Host
package import Logging
internal import Mount
internal import SystemPackage

/// A container's process 1, seen from outside.
package struct ContainerProcess: ~Copyable {
    /// Its number in this process's PID namespace.
    package let pid: pid_t
    /// The master side of its terminal, open as long as this value lives; nil without one.
    package let master: Int32?
    private let terminal: Descriptor?

    private init(pid: pid_t, terminal: consuming Descriptor?) {
        self.pid = pid
        if let terminal {
            master = terminal.rawValue
            self.terminal = consume terminal
        } else {
            master = nil
            self.terminal = nil
        }
    }

    /// The names of the namespaces that every container has to itself, for `--dry-run`.
    package static let namespaceNames = ["uts", "pid", "mount", "network", "ipc", "cgroup"]

    /// The signals that reach the container instead of mydocker, and the one that tells of its end.
    static let relayedSignals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH]

    /// Makes the namespaces, places the process in its cgroups, sends it its message, and waits until it has
    /// become the command.
    ///
    /// The caller has blocked `relayedSignals` and SIGCHLD; the process starts with none blocked.
    ///
    /// - Parameter clock: is told when the process was there, and when it had become the command.
    /// - Throws: ``InitFailure`` for what failed inside; ``SystemCallError`` or ``CgroupError`` for what failed
    ///   outside. The process is gone then.
    package static func start(
        _ message: InitMessage, in namespaces: borrowing ProcessNamespaces, streams: StandardStreams,
        cgroup: ContainerCgroup?, logger: Logger, _ clock: inout StepClock
    ) throws -> ContainerProcess {
        let channels = try Channels.open()
        if let root = namespaces.users?.root { streams.handOver(to: root) }
        let (pid, isPlaced) = try inheriting(message.process.oomScoreAdjustment) {
            try clone(in: namespaces, into: cgroup)
        }
        if pid == 0 {
            ContainerInit.run(
                channels.ofInit(keeping: message.root.plan.attached + namespaces.descriptors),
                streams: streams,
                logger: logger
            ) {
                try cgroup?.enter(exceptUnified: isPlaced)
                try namespaces.enter()
            }
        }
        clock.end("clone")
        return try introduce(pid, Ends(channels), streams, &clock) { ends in
            if let users = namespaces.users {
                try UserNamespace.write(users, for: pid)
                try CommandStart(spec: message.process, logger: logger).allowResourceLimits(of: pid)
            }
            return try ends.introduce(message, logger: logger)
        }
    }

    /// Starts a command beside those of a running container, in its namespaces and cgroups, and waits until the process
    /// has become the command.
    ///
    /// - Parameters:
    ///   - users: who the container's users are; nil if they are the host's.
    ///   - outlives: true for a command that goes on when this process ends.
    /// - Throws: as ``start(_:in:streams:cgroup:logger:_:)``.
    package static func join(
        _ command: ProcessSpec, in namespaces: borrowing ProcessNamespaces, streams: StandardStreams,
        cgroup: ContainerCgroup, users: IDMap?, outlives: Bool, logger: Logger
    ) throws -> ContainerProcess {
        let channels = try Channels.open()
        if let users { streams.handOver(to: users.root) }
        let (pid, isPlaced) = try inheriting(command.oomScoreAdjustment) {
            try clone(in: namespaces, into: cgroup)
        }
        if pid == 0 {
            ContainerInit.join(
                channels.ofInit(keeping: namespaces.descriptors), streams: streams, outlives: outlives,
                entersUsers: namespaces.entersUsers, logger: logger
            ) {
                try cgroup.enter(exceptUnified: isPlaced)
                try namespaces.enter()
            }
        }
        var clock = StepClock(logger)
        return try introduce(pid, Ends(channels), streams, &clock) { ends in
            if namespaces.entersUsers {
                try CommandStart(spec: command, logger: logger).allowResourceLimits(of: pid)
            }
            return try ends.introduce(command)
        }
    }

    private static func introduce(
        _ pid: pid_t, _ ends: borrowing Ends, _ streams: StandardStreams, _ clock: inout StepClock,
        _ body: (borrowing Ends) throws -> Descriptor?
    ) throws -> ContainerProcess {
        streams.relays.forEach { $0.closeContainerEnd() }
        do {
            let terminal = try body(ends)
            clock.end("exec")
            return ContainerProcess(pid: pid, terminal: terminal)
        } catch {
            kill(pid, SIGKILL)
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
            throw error
        }
    }

    /// The pipes and the socket between the two halves.
    private struct Channels: ~Copyable {
        let instructions: DescriptorPair
        let status: DescriptorPair
        let console: DescriptorPair

        static func open() throws(SystemCallError) -> Channels {
            let instructions = try DescriptorPair.pipe()
            let status = try DescriptorPair.pipe()
            let console = try DescriptorPair.sockets()
            return Channels(instructions: instructions, status: status, console: console)
        }

        /// Gives init's ends away: nobody closes them but init.
        consuming func ofInit(keeping others: [Int32]) -> ContainerInit.Channels {
            ContainerInit.Channels(
                message: instructions.onlyFirst().take(), status: status.onlySecond().take(),
                console: console.onlySecond().take(), others: others)
        }
    }

    /// What connects this process with init.
    private struct Ends: ~Copyable {
        let instructions: Descriptor
        let status: Descriptor
        let console: Descriptor

        init(_ channels: consuming Channels) {
            instructions = channels.instructions.onlySecond()
            status = channels.status.onlyFirst()
            console = channels.console.onlyFirst()
        }

        /// Sends the message and waits until init has become the command.
        ///
        /// - Returns: the terminal's master side, if init was to make one.
        borrowing func introduce(_ message: InitMessage, logger: Logger) throws -> Descriptor? {
            var message = message
            message.imagesFollow = message.root.plan.hasImages
            do {
                try ContainerInit.send(message.encoded, to: instructions)
                try sendImages(of: message.root.plan)
            } catch let error as SystemCallError {
                // Otherwise init has died, and its status pipe says of what.
                guard error.errno == .brokenPipe else { throw error }
            }
            logger.info("command sent", metadata: ["arguments": "\(message.printableArguments)"])
            return try result(hasTerminal: message.process.terminal)
        }

        /// The same for a command that joins a container.
        borrowing func introduce(_ command: ProcessSpec) throws -> Descriptor? {
            do { try ContainerInit.send(command.encoded, to: instructions) } catch {
                guard error.errno == .brokenPipe else { throw error }
            }
            return try result(hasTerminal: command.terminal)
        }

        private borrowing func result(hasTerminal: Bool) throws -> Descriptor? {
            let master = hasTerminal ? clx_receive_descriptor(console.rawValue) : -1
            let terminal = master >= 0 ? Descriptor(owning: master) : nil
            let report = try status.readAll(limit: 1 << 20, subject: "the status pipe")
            if !report.isEmpty { throw try InitFailure(encoded: report) }
            return terminal
        }

        /// Opens the images of a plan, and hands each to init.
        private borrowing func sendImages(of plan: MountPlan) throws {
            var devices: LoopDevices?
            for case .mount(let mount) in plan.steps where mount.isImage {
                let image = try ImageMount(mount, &devices)
                let (socket, descriptor) = (console.rawValue, image.descriptor)
                try systemCall("hand an image to init", mount.source) {
                    clx_send_descriptor(socket, descriptor)
                }
            }
        }
    }

    /// waitpid(2) without waiting: how the process ended, or nil while it runs.
    package borrowing func exitStatus() throws(SystemCallError) -> ExitStatus? {
        var status: Int32 = 0
        let pid = pid
        let reaped = try systemCall("waitpid") { waitpid(pid, &status, WNOHANG) }
        return reaped == pid ? ExitStatus(waitStatus: status) : nil
    }

    /// Passes a signal on; a process that has just ended needs none.
    package borrowing func relay(_ signal: Int32) {
        kill(pid, signal)
    }

    /// Calls `body`, whose child has such a memory priority from its birth where it cannot set its own: an ordinary user's,
    /// which nobody can look into.
    private static func inheriting(
        _ adjustment: Int?, _ body: () throws -> (pid_t, isPlaced: Bool)
    ) throws -> (pid_t, isPlaced: Bool) {
        guard ProcessRights.areLimited, let adjustment else { return try body() }
        let file: FilePath = "/proc/self/oom_score_adj"
        let own = try Files.read(file)
        try Files.set(file, "\(adjustment)")
        let child = try body()
        if child.0 != 0 { try? Files.set(file, own) }
        return child
    }

    /// clone3(2), straight into the cgroup v2 directory where the kernel can (Linux 5.7).
    private static func clone(
        in namespaces: borrowing ProcessNamespaces, into cgroup: ContainerCgroup?
    ) throws(SystemCallError) -> (pid_t, isPlaced: Bool) {
        let flags = namespaces.made
        return try namespaces.withBoth { () throws(SystemCallError) in
            if let directory = cgroup?.unifiedDirectory {
                let target = try Descriptor(directory, clx_O_PATH | O_DIRECTORY)
                let pid = clx_clone(flags, target.rawValue, nil)
                if pid >= 0 { return (pid, true) }
            }
            return (try systemCall("clone") { clx_clone(flags, -1, nil) }, false)
        }
    }
}
