public import Runtime

/// What the containers use: `mydocker stats`.
public struct ContainerUsage: Sendable {
    private let hierarchies: [CgroupHierarchy]

    /// - Throws: as ``CgroupHierarchy/all()``.
    public init() throws { hierarchies = try CgroupHierarchy.all() }

    /// What a container uses now; nil if it does not run.
    public func statistics(of record: ContainerRecord) -> ContainerStatistics? {
        guard let process = record.process, ContainerHandle.of(record) != nil else { return nil }
        return ContainerStatistics(of: record.cgroup(in: hierarchies), process: process)
    }
}
