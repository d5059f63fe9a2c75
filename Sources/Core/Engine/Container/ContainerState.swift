internal import Runtime
internal import Storage

/// Where a container is in its life, in docker's words.
public enum ContainerState: String, Sendable, Encodable {
    /// It was made, and has never run.
    case created
    /// Its command runs.
    case running
    /// Its command stands still.
    case paused
    /// Its command has ended, and is about to be started again.
    case restarting
    /// Its command has ended.
    case exited
}

extension Container {
    /// The state that a record of it, which was just read, means.
    public func state(_ record: ContainerRecord) -> ContainerState {
        if record.isRunning {
            let hierarchies = (try? CgroupHierarchy.all()) ?? []
            return record.freezer(in: hierarchies)?.isFrozen == true ? .paused : .running
        }
        if record.started == nil && record.finished == nil { return .created }
        return record.detached == true && record.spec?.restart != .no && isRunning ? .restarting : .exited
    }

    /// What the checks of its health have found; nil if nobody asks.
    public func health(_ record: ContainerRecord) -> HealthState? {
        guard record.isRunning, record.spec?.health != nil else { return nil }
        return HealthState(in: runningDirectory)
    }
}
