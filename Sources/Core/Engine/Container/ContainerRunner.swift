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
    ///   - monitor: who watches over it in the background; nil for the foreground.
    ///   - began: is told the container's ID and process 1 when its command has begun.
    /// - Returns: how its command ended, and whether the kernel killed a process of it for want of memory.
    /// - Throws: an ``Explained`` error; nothing of the container is left then.
    public func run(
        _ request: RunRequest, progress: (any ByteProgress)? = nil, monitor: ContainerMonitor? = nil,
        began: ((String, Int32) throws -> Void)? = nil
    ) throws -> (status: ExitStatus, ranOutOfMemory: Bool) {
        var clock = StepClock(logger)
        clock.tellStart("parse")
        // The first of all: the others run before it.
        defer { clock.end("clean-up") }
        let (isolation, source, driver) = try prepare(request)
        let layers = try source.layers(for: driver, in: store, progress: progress)
        let (parents, snapshots) = (layers.directories, layers.snapshots)
        var spec = try spec(for: request, source)
        clock.end("resolve")
        let container = try ContainerDirectory.make(named: request.name, in: store)
        var outcome = ContainerLaunch.Outcome()
        // When the container is what it will be from now on.
        defer { monitor?.finish(outcome.status) }
        let volumes = ContainerVolumes(spec.mounts, in: Volumes(store))
        defer { end(container, outcome, volumes, in: snapshots) }
        try spec.take(request.users, for: container, in: store)
        try volumes.make(for: container.path, from: parents, by: snapshots, durably: request.keep)
        var record = container.record(of: source, driver: driver.name, spec: spec, for: request)
        if monitor != nil { record.detached = true }
        let launch = ContainerLaunch(
            store: store, logger: logger, spec: spec, isolation: isolation, snapshots: snapshots,
            parents: parents, volumes: volumes, storageOptions: request.storageOptions, source: source,
            began: began)
        try launch.run(container, &record, monitor: monitor, &outcome, &clock)
        return (outcome.status ?? .ownError, outcome.ranOutOfMemory)
    }

    /// Makes a container without starting it.
    ///
    /// - Returns: its ID.
    /// - Throws: an ``Explained`` error; nothing of the container is left then.
    public func create(_ request: RunRequest, progress: (any ByteProgress)? = nil) throws -> String {
        let (_, source, driver) = try prepare(request)
        let layers = try source.layers(for: driver, in: store, progress: progress)
        let (parents, snapshots) = (layers.directories, layers.snapshots)
        var spec = try spec(for: request, source)
        let container = try ContainerDirectory.make(named: request.name, in: store)
        var isKept = false
        let volumes = ContainerVolumes(spec.mounts, in: Volumes(store))
        defer {
            volumes.end(of: container.id, removing: !isKept, logger: logger)
            container.end(keeping: isKept, status: nil, nil, in: snapshots, logger: logger)
        }
        try spec.take(request.users, for: container, in: store)
        try volumes.make(for: container.path, from: parents, by: snapshots, durably: true)
        let record = container.record(of: source, driver: driver.name, spec: spec, for: request)
        try snapshots.create(
            container.snapshot, on: parents,
            for: .mounting(.readWrite, at: container.mountPoint, options: request.storageOptions))
        try container.remember(record, in: store)
        isKept = true
        return container.id
    }

    /// Runs a container again that was made or has ended, until it ends.
    ///
    /// Must be called while the process has a single thread.
    ///
    /// - Parameters:
    ///   - monitor: who watches over it.
    ///   - isAutomatic: true if its policy has it started, because its monitor was killed.
    /// - Throws: an ``Explained`` error; the container is as before then, with the reason in its record.
    public func start(
        _ nameOrID: String, monitor: ContainerMonitor, isAutomatic: Bool = false
    ) throws -> (status: ExitStatus, ranOutOfMemory: Bool) {
        var clock = StepClock(logger)
        let found = try Containers(store).find(nameOrID)
        if LiveDirectory.isOwned(found.runningDirectory) { throw RunError.alreadyRuns(nameOrID) }
        try store.checkWritable()
        let container = try ContainerDirectory.reopen(found, in: store)
        var record = try ContainerRecord(from: container.path)
        guard let driver = store.driver(named: record.driver) else {
            throw store.drivers.unknown(record.driver)
        }
        let snapshots = SnapshotStore(store, driver: driver)
        var outcome = ContainerLaunch.Outcome()
        outcome.isKept = true
        defer { monitor.finish(outcome.status) }
        let volumes = ContainerVolumes(record.spec?.mounts ?? [], in: Volumes(store))
        defer { end(container, outcome, volumes, in: snapshots) }
        do {
            guard let spec = record.spec else { throw RunError.damagedRecord(container.path) }
            try volumes.hold()
            _ = try store.drivers.driver(named: record.driver, in: store, remembering: true)
            let isolation = try IsolationPlan(spec.isolation, in: store, remembering: true)
            record = try ContainerRecord.change(in: container.path) {
                ($0.stopRequested, $0.detached) = (nil, true)
                $0.restarts = isAutomatic ? ($0.restarts ?? 0) + 1 : nil
            }
            let launch = ContainerLaunch(
                store: store, logger: logger, spec: spec, isolation: isolation, snapshots: snapshots,
                parents: try ContainerRoot.parents(of: record, snapshots), volumes: volumes)
            try launch.run(container, &record, monitor: monitor, &outcome, &clock)
        } catch {
            let reason = error.problem
            _ = try? ContainerRecord.change(in: container.path) { $0.failure = reason }
            throw error
        }
        return (outcome.status ?? .ownError, outcome.ranOutOfMemory)
    }

    private func end(
        _ container: borrowing ContainerDirectory, _ outcome: ContainerLaunch.Outcome,
        _ volumes: ContainerVolumes, in snapshots: SnapshotStore
    ) {
        // First: who sees that the container is gone may look at the volumes.
        volumes.end(of: container.id, removing: !outcome.isKept, logger: logger)
        container.end(
            keeping: outcome.isKept, status: outcome.status, outcome.root, in: snapshots, logger: logger)
    }

    /// What comes before anything is made.
    private func prepare(
        _ request: RunRequest
    ) throws -> (isolation: IsolationPlan, source: RootSource, driver: any StorageDriver) {
        try validate(request)
        try store.create()
        try Cleanup(store: store, logger: logger).removeAbandoned()
        let isolation = try IsolationPlan(request.isolation, in: store, remembering: true)
        if let notice = isolation.notice { logger.notice("\(notice)") }
        let source = try RootSource(for: request, store: store, remembering: true)
        let driver = try chooseDriver(request, remembering: true)
        if request.keep && !driver.capabilities.keepsWrites {
            throw StorageError.keepsNothing(driver: driver.name)
        }
        if let platform = source.foreignPlatform {
            logger.notice(
                "the \(source.name) is for \(platform), and this machine is \(Platform.current.text): it may not run"
            )
        }
        return (isolation, source, driver)
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
        var plan = try snapshots.mounts(
            of: SnapshotDirectory(container.appending(Store.containerSnapshot.components)), on: parents,
            at: target, access: request.readOnly ? .readOnly : .readWrite)
        if !request.keep { plan = plan.forThrowingAway() }
        let spec = try spec(for: request, source)
        var message = try InitMessage(for: spec, id: id, at: target, plan: plan)
        message.root.mounts = ContainerVolumes(spec.mounts, in: Volumes(store)).plannedMounts
        // Whether somebody decides about devices is known when there is a cgroup.
        try IsolationPlan(request.isolation, in: store, remembering: false)
            .apply(to: &message, controllingDevices: true)
        return DryRun(
            storage: driver.name, image: source.name,
            namespaces: ContainerProcess.namespaceNames + (request.users == .host ? [] : ["user"]),
            limits: request.limits, cgroup: "\(request.cgroupParent.path)/\(id)", initMessage: message)
    }

    private func validate(_ request: RunRequest) throws {
        guard geteuid() == 0 else { throw RunError.notRoot }
        if request.users != .host {
            guard !ProcessRights.areLimited else { throw RunError.ownUsersNeedRoot }
            try request.namespaces.checkOwnUsers()
        }
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

    private func mounts(for request: RunRequest, _ source: RootSource) throws -> [MountRequest] {
        var others: [MountRequest] = []
        for text in request.volumesFrom {
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            guard let name = parts.first else {
                throw RunError.invalidOption(option: "--volumes-from", value: text, reason: "no container")
            }
            let record = try Containers(store).find(name).record()
            for var mount in record.spec?.mounts ?? [] where mount.kind != .tmpfs {
                guard parts.count < 2 || ["ro", "rw", "z", "Z"].contains(parts[1]) else {
                    throw RunError.invalidOption(
                        option: "--volumes-from", value: text, reason: "ro and rw are what may follow")
                }
                if parts.last == "ro" && mount.readOnly == .no { mount.readOnly = .yes }
                if parts.last == "rw" { mount.readOnly = .no }
                // It goes with the container for which it was made.
                mount.isAnonymous = false
                others.append(mount)
            }
        }
        // Where nothing can be written, the image's are in the write layer, which goes too.
        return try MountRequest.resolve(
            request.mounts, from: others, image: store.isReadOnly ? [] : source.volumes)
    }

    /// What the container is made to be: what the user says, and else the image.
    private func spec(for request: RunRequest, _ source: RootSource) throws -> ContainerSpec {
        var spec = ContainerSpec()
        spec.arguments = try source.arguments()
        spec.entrypointCount = source.entrypointCount
        spec.environment =
            ContainerEnvironment(image: source.environment, request: request, hostname: request.hostname)
            .variables
        spec.workingDirectory = request.workingDirectory ?? source.workingDirectory
        spec.user = request.user ?? source.user
        spec.groups = request.groups
        spec.hostname = request.hostname
        spec.domainName = request.domainName
        spec.terminal = request.terminal
        spec.interactive = request.interactive
        spec.readOnly = request.readOnly
        spec.reaper = request.reaper
        spec.isolation = try request.isolation.withProfiles()
        spec.limits = request.limits
        spec.cgroupParent = request.cgroupParent
        spec.processLimits = request.processLimits
        spec.oomScoreAdjustment = request.oomScoreAdjustment
        if let size = request.sharedMemory { spec.sharedMemory = size }
        spec.kernelSettings = request.kernelSettings
        spec.extraHosts = request.extraHosts
        spec.namespaces = request.namespaces
        spec.stopSignal = stopSignal(request, source)
        spec.stopTimeout = request.stopTimeout
        spec.restart = request.restart
        spec.log = request.log
        spec.mounts = try mounts(for: request, source)
        // Of what the image only says, nothing matters to a container that nobody looks into.
        let details = request.keep || request.isDetached ? source.details() : nil
        spec.health = request.health.check(image: HealthCheck(image: details?.healthCheck))
        spec.labels = (details?.labels ?? [:]).merging(request.labels) { $1 }
        return spec
    }
}
