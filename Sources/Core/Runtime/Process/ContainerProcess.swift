package import CLinux
internal import Glibc
internal import Host
package import Logging
internal import Mount
internal import SystemPackage

/// A container's process 1, seen from outside.
package struct ContainerProcess: ~Copyable {
    /// Its number in this process's PID namespace.
    package let pid: pid_t
    /// The master side of its terminal, open as long as this value lives; nil without one.
    let master: Int32?
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

    /// The namespaces that every container has to itself, besides the cgroup namespace that init enters
    /// itself (namespaces(7)).
    static let namespaces = UInt64(CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC)

    /// Their names, for `--dry-run`.
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
        _ message: InitMessage, streams: StandardStreams, cgroup: ContainerCgroup?, logger: Logger,
        _ clock: inout StepClock
    ) throws -> ContainerProcess {
        let instructions = try DescriptorPair.pipe()
        let status = try DescriptorPair.pipe()
        let console = try DescriptorPair.sockets()
        let (pid, isPlaced) = try clone(into: cgroup)
        if pid == 0 {
            let channels = ContainerInit.Channels(
                message: instructions.first.rawValue, status: status.second.rawValue,
                console: console.second.rawValue, mounts: message.root.plan.attached)
            ContainerInit.run(channels, streams: streams, logger: logger) {
                try cgroup?.enter(exceptUnified: isPlaced)
            }
        }
        clock.end("clone")
        streams.relays.forEach { $0.closeContainerEnd() }
        let parentsEnds = Ends(
            instructions: instructions.onlySecond(), status: status.onlyFirst(), console: console.onlyFirst())
        do {
            let terminal = try parentsEnds.introduce(message, logger: logger)
            clock.end("exec")
            return ContainerProcess(pid: pid, terminal: terminal)
        } catch {
            kill(pid, SIGKILL)
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
            throw error
        }
    }

    /// What connects this process with init.
    private struct Ends: ~Copyable {
        let instructions: Descriptor
        package let status: Descriptor
        let console: Descriptor

        /// Sends the message and waits until init has become the command.
        ///
        /// - Returns: the terminal's master side, if init was to make one.
        consuming func introduce(_ message: InitMessage, logger: Logger) throws -> Descriptor? {
            var message = message
            message.imagesFollow = message.root.plan.hasImages
            do {
                try ContainerInit.send(message, to: instructions)
                try sendImages(of: message.root.plan)
            } catch let error as SystemCallError {
                // Otherwise init has died, and its status pipe says of what.
                guard error.errno == .brokenPipe else { throw error }
            }
            logger.info("command sent", metadata: ["arguments": "\(message.printableArguments)"])
            let master = message.process.terminal ? clx_receive_descriptor(console.rawValue) : -1
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
    borrowing func exitStatus() throws(SystemCallError) -> ExitStatus? {
        var status: Int32 = 0
        let pid = pid
        let reaped = try systemCall("waitpid") { waitpid(pid, &status, WNOHANG) }
        return reaped == pid ? ExitStatus(waitStatus: status) : nil
    }

    /// Passes a signal on; a process that has just ended needs none.
    borrowing func relay(_ signal: Int32) {
        kill(pid, signal)
    }

    /// clone3(2), straight into the cgroup v2 directory where the kernel can (Linux 5.7).
    private static func clone(into cgroup: ContainerCgroup?) throws(SystemCallError) -> (
        pid_t, isPlaced: Bool
    ) {
        if let directory = cgroup?.unifiedDirectory {
            let target = try Descriptor(directory, clx_O_PATH | O_DIRECTORY)
            let pid = clx_clone(namespaces, target.rawValue, nil)
            if pid >= 0 { return (pid, true) }
        }
        return (try systemCall("clone") { clx_clone(namespaces, -1, nil) }, false)
    }
}
