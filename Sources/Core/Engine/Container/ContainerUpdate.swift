internal import Host
public import Runtime
public import Storage

/// Changes what a container may use, and when it is started again: `mydocker update`.
public struct ContainerUpdate: Sendable {
    private let store: Store

    /// Updates in this store.
    public init(in store: Store) { self.store = store }

    /// Changes a container, which may be running: all that is asked for, or nothing.
    ///
    /// - Parameters:
    ///   - restart: its new policy; nil to leave it.
    ///   - change: is given its limits.
    /// - Throws: ``CgroupError``, ``RunError``, what `change` throws; as ``Containers/find(_:)``.
    public func update(
        _ nameOrID: String, restart: RestartPolicy? = nil, _ change: (inout ResourceLimits) throws -> Void
    ) throws {
        let container = try Containers(store).find(nameOrID)
        let directory = try container.settledDirectory()
        var undo: (() -> Void)?
        do {
            try ContainerRecord.change(in: directory) { record in
                guard var spec = record.spec else { throw RunError.damagedRecord(directory) }
                if let restart {
                    if !record.keep && restart != .no {
                        throw RunError.invalidOption(
                            option: "--restart", value: restart.text,
                            reason: "the container is removed when its command ends")
                    }
                    spec.restart = restart
                }
                var limits = spec.limits
                try change(&limits)
                try limits.check()
                if limits != spec.limits, record.isRunning {
                    undo = try apply(limits, replacing: spec.limits, to: record, container)
                }
                spec.limits = limits
                record.spec = spec
            }
        } catch {
            undo?()
            throw error
        }
        if restart != nil { ContainerRequests.tellMonitor(in: directory) }
    }

    /// Applies them to a container that runs.
    ///
    /// - Returns: what takes them back.
    private func apply(
        _ limits: ResourceLimits, replacing old: ResourceLimits, to record: ContainerRecord,
        _ container: Container
    ) throws -> () -> Void {
        let hierarchies = try CgroupHierarchy.all()
        let cgroup = record.cgroup(in: hierarchies)
        let after: ContainerCgroup
        if try cgroup.needsMore(for: limits, replacing: old, hierarchies: hierarchies) {
            // Whoever removes its cgroups in the end has to look for these.
            try ContainerRequests(container.runningDirectory).noteChange()
            func update() throws -> ContainerCgroup {
                try cgroup.update(from: old, to: limits, hierarchies: hierarchies)
            }
            if let freezer = record.freezer(in: hierarchies) {
                after = try ContainerPause.hold(container.runningDirectory, by: freezer, update)
            } else {
                after = try update()
            }
        } else {
            after = try cgroup.update(from: old, to: limits, hierarchies: hierarchies)
        }
        return { _ = try? after.update(from: limits, to: old, hierarchies: hierarchies) }
    }
}
