internal import CLinux
internal import Glibc
internal import Host
public import Logging
public import Runtime
public import Storage
internal import SystemPackage

/// Runs a command beside that of a running container: `mydocker exec`.
///
/// It is in the container's namespaces and cgroups, and shut in as the container's own command is: the same capabilities,
/// filter of system calls, keyring and limits.
public struct ContainerExec: Sendable {
    private let store: Store
    private let logger: Logger

    /// Commands in containers of this store.
    public init(in store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Runs a command to its end.
    ///
    /// Must be called while the process has a single thread.
    ///
    /// - Returns: how it ended.
    /// - Throws: an ``Explained`` error.
    public func run(_ request: ExecRequest, in nameOrID: String) throws -> ExitStatus {
        let previousMask = try ContainerSession.blockSignals()
        defer { ContainerSession.restoreSignals(previousMask) }
        let streams =
            request.terminal ? .terminal : try StandardStreams(takesInput: request.interactive)
        let process = try start(request, in: nameOrID, streams, outlives: false)
        let session = try ContainerSession(
            process, streams: streams, takesInput: request.interactive, stopSignal: SIGTERM, logger: logger)
        let status = try session.wait()
        if let lost = session.lostOutput() { throw RunError.outputLost(lost) }
        return status
    }

    /// Starts a command that nobody watches over, with /dev/null as its streams: `exec -d`.
    ///
    /// Must be called while the process has a single thread.
    ///
    /// - Throws: an ``Explained`` error.
    public func startDetached(_ request: ExecRequest, in nameOrID: String) throws {
        var request = request
        (request.terminal, request.interactive) = (false, false)
        // What the caller has as its own streams is not the command's.
        let nothing = try Descriptor("/dev/null", O_RDWR)
        let own = clx_duplicate(STDERR_FILENO)
        for stream in [STDOUT_FILENO, STDERR_FILENO] { dup2(nothing.rawValue, stream) }
        defer {
            dup2(own, STDERR_FILENO)
            close(own)
        }
        _ = try start(request, in: nameOrID, .terminal, outlives: true)
    }

    /// Starts a command in a container.
    func start(
        _ request: ExecRequest, in nameOrID: String, _ streams: StandardStreams, outlives: Bool
    ) throws -> ContainerProcess {
        let container = try Containers(store).find(nameOrID)
        let record = try container.startedRecord()
        guard let process = record.process, let spec = record.spec else {
            throw RunError.notRunning(nameOrID)
        }
        let hierarchies = try CgroupHierarchy.all()
        if record.freezer(in: hierarchies)?.isFrozen == true {
            throw RunError.paused(nameOrID)
        }
        let namespaces: ProcessNamespaces
        do { namespaces = try ProcessNamespaces.all(of: process) } catch {
            throw RunError.notRunning(nameOrID)
        }
        // The number may have been another process's already; those that are open now are the container's.
        guard ProcessStart.ticks(of: process) == record.processStart else {
            throw RunError.notRunning(nameOrID)
        }
        let command = try command(request, spec, record)
        do {
            return try ContainerProcess.join(
                command, in: namespaces, streams: streams,
                cgroup: record.cgroup(in: hierarchies), users: spec.users, outlives: outlives,
                logger: logger)
        } catch let failure as InitFailure {
            throw RunError.initFailed(
                failure, image: "the container \(record.name)", similar: [], source: nil)
        }
    }

    private func command(
        _ request: ExecRequest, _ spec: ContainerSpec, _ record: ContainerRecord
    ) throws -> ProcessSpec {
        var isolation = spec.isolation
        if request.privileged { isolation = IsolationRequest.privileged }
        var command = spec.process(request.arguments, id: record.id)
        var environment = ContainerEnvironment(command.environment)
        if request.terminal && !spec.terminal { environment.add(Array("TERM".utf8)) }
        for variable in request.environment { environment.add(variable) }
        command.environment = environment.variables
        if let directory = request.workingDirectory {
            guard directory.hasPrefix("/") else {
                throw RunError.invalidOption(
                    option: "--workdir", value: directory, reason: "not an absolute path")
            }
            command.workingDirectory = FilePath(directory)
        }
        if let user = request.user { command.user = user }
        command.terminal = request.terminal
        command.standardInput = request.interactive
        command.privileges = try IsolationPlan(isolation, in: store, remembering: true).privileges(
            controllingDevices: record.controlsDevices != false)
        return command
    }
}
