internal import CLinux
internal import DriverKit
internal import Glibc
internal import Host
internal import Images
public import Layers
public import Logging
internal import Mount
public import Runtime
public import Storage
internal import SystemPackage

/// Runs containers in the foreground: the whole of `mydocker run` behind its command line.
public struct ContainerRunner: Sendable {
    let store: Store
    let logger: Logger

    /// A runner with this store and these drivers.
    public init(store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Runs one container from its making to its removal.
    ///
    /// Must be called while the process has a single thread.
    ///
    /// - Parameters:
    ///   - request: what to run.
    ///   - progress: is told how far the unpacking of a large image has come.
    /// - Returns: how its command ended, and whether the kernel killed a process of it for want of memory.
    /// - Throws: an ``Explained`` error; nothing of the container is left then.
    public func run(
        _ request: RunRequest, progress: (any ByteProgress)? = nil
    ) throws -> (status: ExitStatus, ranOutOfMemory: Bool) {
        var clock = StepClock(logger)
        clock.tellStart("parse")
        // The first of all: the others run before it.
        defer { clock.end("clean-up") }
        try validate(request)
        try store.create()
        try Cleanup(store: store, logger: logger).removeAbandoned()
        let plan = try IsolationPlan(request.isolation, in: store, remembering: true)
        if let notice = plan.notice { logger.notice("\(notice)") }
        let source = try RootSource(for: request, store: store, remembering: true)
        let stopSignal = stopSignal(request, source)
        let driver = try chooseDriver(request, remembering: true)
        if request.keep && !driver.capabilities.keepsWrites {
            throw StorageError.keepsNothing(driver: driver.name)
        }
        if let platform = source.foreignPlatform {
            logger.notice(
                "the \(source.name) is for \(platform), and this machine is \(Platform.current.text): it may not run"
            )
        }
        let layers = try source.layers(for: driver, in: store, progress: progress)
        let (parents, snapshots) = (layers.directories, layers.snapshots)
        clock.end("resolve")
        let container = try ContainerDirectory.make(named: request.name, in: store)
        var isKept = false
        var ended: ExitStatus?
        var root: HeldRoot?
        defer { container.end(keeping: isKept, status: ended, root, in: snapshots, logger: logger) }

        clock.end("prepare")
        let hierarchies = try CgroupHierarchy.all()
        let cgroup = try ContainerCgroup.create(
            id: container.id, limits: request.limits, devices: plan.deviceRules,
            isNested: plan.mayMountCgroups, hierarchies: hierarchies)
        defer { removeCgroup(cgroup) }
        logger.info(
            "cgroup made", metadata: ["path": "\(cgroup.directories.map(\.string).joined(separator: " "))"])

        clock.end("cgroup")
        let previousMask = try ContainerSession.blockSignals()
        defer { ContainerSession.restoreSignals(previousMask) }
        try Files.makeDirectory(container.mountPoint, mode: 0o700)
        // Before the container's directory is removed: what served its root may still be writing there.
        defer { MountServer.settleAll() }
        func start(_ access: RootAccess) throws -> ContainerSession {
            try snapshots.create(
                container.snapshot, on: parents,
                for: .mounting(access, at: container.mountPoint, options: request.storageOptions))
            let mounts = try ServedMount(
                mounts(
                    for: request, by: snapshots, of: container.snapshot, on: parents,
                    at: container.mountPoint, access: access), at: container.mountPoint)
            let message = try message(
                for: request, source: source, id: container.id, at: container.mountPoint, plan: mounts.plan,
                isolation: plan, controllingDevices: cgroup.controlsDevices)
            let record = container.record(
                of: source, driver: driver.name, command: message.printableArguments, for: request,
                access: access)
            if request.keep { try container.remember(record, in: store) }
            let streams = request.terminal ? .terminal : try StandardStreams(takesInput: request.interactive)
            clock.end("plan")
            let process = try ContainerProcess.start(
                message, streams: streams, cgroup: cgroup, logger: logger, &clock)
            // Not before: the command is on its way meanwhile.
            do { try container.announce(record, process: process.pid) } catch {
                logger.warning("the container cannot be looked into: \(error)")
            }
            // What is served ends with its last user, and that is to be seen.
            if !request.keep && !mounts.isServed { root = HeldRoot(of: process.pid) }
            return try ContainerSession(
                process, streams: streams, takesInput: request.interactive, stopSignal: stopSignal,
                logger: logger)
        }
        let session = try explainingFailure(driver, source, layers: parents.count) {
            guard request.readOnly else { return try start(.readWrite) }
            do { return try start(.readOnly) } catch let failure as InitFailure
                where failure.errno == .readOnlyFileSystem
            {
                // The image lacks a directory that the container needs. It is made in a write layer, which is closed
                // before the command starts.
                MountServer.settleAll()
                try store.remove(container.snapshot.path, of: driver)
                return try start(.readWrite)
            }
        }
        isKept = request.keep
        let status = try session.wait()
        ended = status
        clock.end("wait")
        logger.info("container ended", metadata: ["status": "\(status.rawValue)"])
        if let lost = session.lostOutput() { throw RunError.outputLost(lost) }
        return (status, cgroup.hasKilledForMemory())
    }

    /// What ``run(_:)`` would do with `request`; nothing of it is done.
    ///
    /// - Throws: an ``Explained`` error.
    public func plan(_ request: RunRequest) throws -> DryRun {
        try validate(request)
        let source = try RootSource(for: request, store: store, remembering: false)
        let driver = try chooseDriver(request, remembering: false)
        let parents = source.plannedLayers(for: driver, in: store)
        let id = LiveDirectory.randomName()
        let container = store.containers.appending(FilePath(id).components)
        let target = ContainerDirectory.mountPoint(in: container)
        let snapshots = SnapshotStore(store, driver: driver)
        try snapshots.check(request.storageOptions)
        let plan = try mounts(
            for: request, by: snapshots, of: ContainerDirectory.snapshot(in: container), on: parents,
            at: target,
            access: request.readOnly ? .readOnly : .readWrite)
        return DryRun(
            storage: driver.name, image: source.name, namespaces: ContainerProcess.namespaceNames,
            limits: request.limits, cgroup: "mydocker/\(id)",
            initMessage: try message(
                for: request, source: source, id: id, at: target, plan: plan,
                // Whether somebody decides about devices is known when there is a cgroup.
                isolation: IsolationPlan(request.isolation, in: store, remembering: false),
                controllingDevices: true))
    }

    private func mounts(
        for request: RunRequest, by snapshots: SnapshotStore, of snapshot: SnapshotDirectory,
        on parents: [SnapshotDirectory], at target: FilePath, access: RootAccess
    ) throws -> MountPlan {
        let plan = try snapshots.mounts(of: snapshot, on: parents, at: target, access: access)
        return request.keep ? plan : plan.forThrowingAway()
    }

    private func explainingFailure(
        _ driver: any StorageDriver, _ source: RootSource, layers: Int, _ start: () throws -> ContainerSession
    ) throws -> ContainerSession {
        do { return try start() } catch var failure as InitFailure {
            // What was tried at another time may be otherwise now.
            ProbeMemory(of: driver.name, in: store).forget()
            if failure.kind == .tooManyLayers,
                let other = store.drivers.driver(taking: layers, besides: driver.name, in: store)
            {
                failure.remedy = "use --storage \(other), or an image with fewer layers"
            }
            throw RunError.initFailed(
                failure, image: source.name, similar: source.similarImages(),
                source: source.sourceOfMissingImage(in: store))
        }
    }

    private func validate(_ request: RunRequest) throws {
        guard geteuid() == 0 else { throw RunError.notRoot }
        if let name = request.name { try ContainerName.validate(name) }
        if request.keep && store.isReadOnly { throw StorageError.cannotKeep(store: store.root.string) }
        if let hostname = request.hostname {
            guard !hostname.isEmpty && hostname.utf8.count <= 64 else {
                throw RunError.invalidOption(
                    option: "--hostname", value: hostname, reason: "not 1 to 64 bytes long")
            }
        }
        if let directory = request.workingDirectory {
            guard directory.hasPrefix("/") else {
                throw RunError.invalidOption(
                    option: "--workdir", value: directory, reason: "not an absolute path")
            }
        }
        if let signal = request.stopSignal, SignalName.number(signal) == nil {
            throw RunError.invalidOption(
                option: "--stop-signal", value: signal, reason: "there is no such signal")
        }
        for variable in request.environment where variable.isEmpty || variable.first == UInt8(ascii: "=") {
            throw RunError.invalidOption(
                option: "--env", value: String(decoding: variable, as: UTF8.self), reason: "no name")
        }
    }

    private func stopSignal(_ request: RunRequest, _ source: RootSource) -> Int32 {
        guard let name = request.stopSignal ?? source.stopSignal, !name.isEmpty else { return SIGTERM }
        if let signal = SignalName.number(name) { return signal }
        logger.notice("SIGTERM stops it: the image names \"\(name.printable)\", and there is no such signal")
        return SIGTERM
    }

    private func chooseDriver(_ request: RunRequest, remembering: Bool) throws -> any StorageDriver {
        if let name = request.storage {
            return try store.drivers.driver(named: name, in: store, remembering: remembering)
        }
        let (driver, passedOver) = try store.drivers.firstSupported(in: store, remembering: remembering)
        if !passedOver.isEmpty {
            let reasons = passedOver.map { "\($0.name) passed over: \($0.reason)" }.joined(separator: "; ")
            let text = "storage driver \(driver.name) (\(reasons))"
            // Nobody wants to read it at every run.
            let memory = ProbeMemory(of: driver.name, in: store, telling: text)
            if !memory.isValid { logger.notice("\(text)") }
            if remembering && !memory.isValid { memory.remember() }
        }
        return driver
    }

    private func message(
        for request: RunRequest, source: RootSource, id: String, at target: FilePath, plan: MountPlan,
        isolation: IsolationPlan, controllingDevices: Bool
    ) throws -> InitMessage {
        let hostname = request.hostname ?? id
        var process = ProcessSpec(arguments: try source.arguments())
        process.environment =
            ContainerEnvironment(image: source.environment, request: request, hostname: hostname).variables
        process.workingDirectory = FilePath(request.workingDirectory ?? source.workingDirectory)
        process.user = request.user ?? source.user
        process.terminal = request.terminal
        process.standardInput = request.interactive
        var root = RootSpec(plan: plan, mountPoint: target, hostname: hostname)
        root.readOnly = request.readOnly
        var message = InitMessage(root: root, process: process, reaper: request.reaper)
        isolation.apply(to: &message, controllingDevices: controllingDevices)
        return message
    }

    private func removeCgroup(_ cgroup: ContainerCgroup) {
        do { try cgroup.remove() } catch { logger.warning("\(error.explanation.problem)") }
    }
}
