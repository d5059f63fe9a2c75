internal import DriverKit
internal import Glibc
internal import Host
internal import Logging
internal import Mount
internal import Runtime
internal import Storage
internal import SystemPackage

/// The runs of one container that is being made, or was: from its cgroup to the end of its command, and again if its
/// policy says so.
struct ContainerLaunch {
    let store: Store
    let logger: Logger
    let spec: ContainerSpec
    let isolation: IsolationPlan
    let snapshots: SnapshotStore
    /// What the write layer lies on, the nearest first.
    let parents: [SnapshotDirectory]
    /// What is mounted besides.
    let volumes: ContainerVolumes
    /// `--storage-opt`, for a write layer that is yet to be made.
    var storageOptions: [String: String] = [:]
    /// What the root is made of, for advice after a failure; nil of a container that has run before.
    var source: RootSource?
    /// Is told the container's ID and process 1 when its command has begun.
    var began: ((String, Int32) throws -> Void)?

    /// How it ended, and what its end needs.
    struct Outcome {
        var isKept = false
        var status: ExitStatus?
        var ranOutOfMemory = false
        var root: HeldRoot?
    }

    /// Runs it until it ends for good.
    ///
    /// - Parameters:
    ///   - monitor: who watches over it in the background; nil for the foreground.
    ///   - outcome: how far it has come, whatever happens.
    /// - Throws: an ``Explained`` error.
    func run(
        _ container: borrowing ContainerDirectory, _ record: inout ContainerRecord,
        monitor: ContainerMonitor?,
        _ outcome: inout Outcome, _ clock: inout StepClock
    ) throws {
        var backOff = RestartBackOff()
        var isNew = !container.wasKept
        while true {
            let began = WallClock.now
            try once(container, &record, isNew: isNew, monitor, &outcome, &clock)
            isNew = false
            if spec.restart == .no && monitor == nil { return }
            // Somebody may have changed it, or asked it to stop.
            record = try ContainerRecord(from: container.path)
            let policy = record.spec?.restart ?? .no
            guard record.stopRequested != true, monitor?.isEnding != true,
                policy.applies(to: outcome.status, after: record.restarts ?? 0)
            else { return }
            let (status, oom) = (outcome.status, outcome.ranOutOfMemory)
            outcome.root = nil
            record = try ContainerRecord.change(in: container.path) { record in
                record.noteEnd(status)
                record.restarts = (record.restarts ?? 0) + 1
                record.ranOutOfMemory = oom ? true : nil
            }
            guard try backOff.wait(after: WallClock.now - began, monitor, in: container.path) else { return }
        }
    }

    private func once(
        _ container: borrowing ContainerDirectory, _ record: inout ContainerRecord, isNew: Bool,
        _ monitor: ContainerMonitor?, _ outcome: inout Outcome, _ clock: inout StepClock
    ) throws {
        clock.end("prepare")
        let (hierarchies, hasWholeRoot) = try CgroupHierarchy.survey()
        // `update` may have changed the limits since its first start.
        let limits = record.spec?.limits ?? spec.limits
        if spec.cgroupParent != .usual { try container.note(spec.cgroupParent) }
        var cgroup = try ContainerCgroup.create(
            id: container.id, below: spec.cgroupParent, limits: limits, devices: isolation.deviceRules,
            isNested: isolation.mayMountCgroups, hierarchies: hierarchies)
        defer { removeCgroup(cgroup) }
        logger.info(
            "cgroup made", metadata: ["path": "\(cgroup.directories.map(\.string).joined(separator: " "))"])

        clock.end("cgroup")
        let previousMask = try ContainerSession.blockSignals()
        defer { ContainerSession.restoreSignals(previousMask) }
        if isNew || !Files.exists(container.mountPoint) {
            try Files.makeDirectory(container.mountPoint, mode: 0o700)
        }
        // Before the container's directory is removed: what served its root may still be writing there.
        defer { MountServer.settleAll() }
        let streams = try streams(monitor)
        let session = try explainingFailure {
            guard spec.readOnly, isNew else {
                return try start(
                    container, &record, isNew, .readWrite, streams, cgroup, hasWholeRoot, monitor,
                    &outcome, &clock)
            }
            do {
                return try start(
                    container, &record, true, .readOnly, streams, cgroup, hasWholeRoot, monitor, &outcome,
                    &clock)
            } catch let failure as InitFailure where failure.errno == .readOnlyFileSystem {
                // The image lacks a directory that the container needs. It is made in a write layer, which is closed
                // before the command starts.
                MountServer.settleAll()
                try store.remove(container.snapshot.path, of: snapshots.driver)
                return try start(
                    container, &record, true, .readWrite, self.streams(monitor), cgroup, hasWholeRoot,
                    monitor, &outcome, &clock)
            }
        }
        outcome.isKept = record.keep
        let status = try session.wait(monitor)
        outcome.status = status
        // `update` may have given it more of them.
        if ContainerRequests(container.path).exist {
            cgroup = .find(id: container.id, below: spec.cgroupParent, hierarchies: hierarchies)
        }
        outcome.ranOutOfMemory = cgroup.hasKilledForMemory()
        clock.end("wait")
        logger.info("container ended", metadata: ["status": "\(status.rawValue)"])
        if let lost = session.lostOutput() { throw RunError.outputLost(lost) }
    }

    private func streams(_ monitor: ContainerMonitor?) throws -> StandardStreams {
        if spec.terminal { return .terminal }
        if monitor != nil { return try .piped(takesInput: spec.interactive) }
        return try StandardStreams(takesInput: spec.interactive)
    }

    private func start(
        _ container: borrowing ContainerDirectory, _ record: inout ContainerRecord, _ isNew: Bool,
        _ access: RootAccess, _ streams: StandardStreams, _ cgroup: ContainerCgroup,
        _ hasWholeRoot: Bool, _ monitor: ContainerMonitor?, _ outcome: inout Outcome,
        _ clock: inout StepClock
    ) throws -> WatchedContainer {
        let access = isNew ? access : record.readOnly ? .readOnly : .readWrite
        let plan = try mounts(container, isNew, access, isKept: record.keep)
        let mounts = try served(plan, at: container.mountPoint)
        var message = try InitMessage(
            for: spec, id: container.id, at: container.mountPoint, plan: mounts.plan)
        message.root.mounts = volumes.mounts
        message.root.mayBeConfined = !hasWholeRoot
        isolation.apply(to: &message, controllingDevices: cgroup.controlsDevices)
        if !cgroup.controlsDevices { record.controlsDevices = false }
        record.readOnly = access == .readOnly
        record.started = WallClock.now
        (record.finished, record.exitStatus, record.failure) = (nil, nil, nil)
        if record.keep && isNew { try container.remember(record, in: store) }
        clock.end("plan")
        let process = try ContainerProcess.start(
            message, in: namespaces(mounts), streams: streams, cgroup: cgroup, logger: logger, &clock)
        record.process = process.pid
        record.processStart = ProcessStart.ticks(of: process.pid)
        // Not before: the command is on its way meanwhile.
        do {
            if isNew {
                try container.announce(record)
            } else {
                let now = record
                record = try ContainerRecord.change(in: container.path) { $0.note(startOf: now) }
            }
        } catch {
            logger.warning("the container cannot be looked into: \(error.problem)")
        }
        try began?(container.id, process.pid)
        try monitor?.began(container.id, in: container.path, log: spec.log)
        monitor?.check(
            spec.health.map {
                HealthRunner($0, of: container.id, in: container.path, store: store, logger: logger)
            })
        // What is served ends with its last user, and that is to be seen.
        if !record.keep && !mounts.isServed { outcome.root = HeldRoot(of: process.pid) }
        return try WatchedContainer(process, streams, spec, monitor, logger)
    }

    private func mounts(
        _ container: borrowing ContainerDirectory, _ isNew: Bool, _ access: RootAccess, isKept: Bool
    ) throws -> MountPlan {
        if isNew {
            try snapshots.create(
                container.snapshot, on: parents,
                for: .mounting(access, at: container.mountPoint, options: storageOptions))
        } else if access == .readWrite {
            return try snapshots.mountsAgain(of: container.snapshot, on: parents, at: container.mountPoint)
        }
        let plan = try snapshots.mounts(
            of: container.snapshot, on: parents, at: container.mountPoint, access: access)
        return isKept ? plan : plan.forThrowingAway()
    }

    private func served(_ plan: MountPlan, at target: FilePath) throws -> ServedMount {
        guard let users = spec.users else { return try ServedMount(plan, at: target) }
        do { return try ServedMount(plan, at: target, for: users, covering: volumes.directories) } catch {
            throw RunError.cannotMapUsers(driver: snapshots.driver.name, reason: error.problem)
        }
    }

    private func namespaces(_ mounts: borrowing ServedMount) throws -> ProcessNamespaces {
        guard let users = spec.users else {
            return spec.namespaces == NamespaceChoice() ? .allNew : try spec.namespaces.resolved(in: store)
        }
        var namespaces = try spec.namespaces.resolved(in: store)
        try mounts.give(users, to: &namespaces)
        return namespaces
    }

    private func explainingFailure(_ start: () throws -> WatchedContainer) throws -> WatchedContainer {
        do { return try start() } catch var failure as InitFailure {
            let driver = snapshots.driver
            // What was tried at another time may be otherwise now.
            ProbeMemory(of: driver.name, in: store).forget()
            if failure.kind == .tooManyLayers,
                let other = store.drivers.driver(taking: parents.count, besides: driver.name, in: store)
            {
                failure.remedy = "use --storage \(other), or an image with fewer layers"
            }
            throw RunError.initFailed(
                failure, image: source?.name ?? "the container", similar: source?.similarImages() ?? [],
                source: source?.sourceOfMissingImage(in: store))
        }
    }

    private func removeCgroup(_ cgroup: ContainerCgroup) {
        do { try cgroup.remove() } catch { logger.warning("\(error.explanation.problem)") }
    }
}

extension ContainerRecord {
    /// What a start changes, in a record that others may have changed meanwhile.
    fileprivate mutating func note(startOf other: ContainerRecord) {
        (process, processStart, started) = (other.process, other.processStart, other.started)
        (finished, exitStatus, failure) = (nil, nil, nil)
        controlsDevices = other.controlsDevices
        detached = other.detached
    }
}
