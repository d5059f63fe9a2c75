internal import DriverKit
internal import Mount
internal import Synchronization
internal import SystemPackage

/// The plans that drivers have answered with when they made a snapshot, so that they need not be asked again.
final class PreparedPlans: Sendable {
    /// What a plan is for.
    struct Use: Equatable {
        let snapshot: SnapshotDirectory
        let parents: [SnapshotDirectory]
        let target: FilePath
        let access: RootAccess
    }

    private let plans = Mutex<[(use: Use, plan: MountPlan)]>([])

    func note(_ plan: MountPlan, for use: Use) {
        plans.withLock { $0.append((use, plan)) }
    }

    /// The plan for exactly that, once.
    func take(_ use: Use) -> MountPlan? {
        plans.withLock { plans in
            plans.firstIndex { $0.use == use }.map { plans.remove(at: $0).plan }
        }
    }

    func forget(_ snapshot: SnapshotDirectory) {
        plans.withLock { $0.removeAll { $0.use.snapshot == snapshot } }
    }
}
