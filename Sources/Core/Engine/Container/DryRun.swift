public import Runtime

/// What `mydocker run --dry-run` prints: everything that a run would do, undone.
public struct DryRun: Encodable, Sendable {
    /// The storage driver.
    public let storage: String
    /// What the root is made of.
    public let image: String
    /// The namespaces of its own that the container gets.
    public let namespaces: [String]
    /// Its limits.
    public let limits: ResourceLimits
    /// Its cgroup, below the root of each hierarchy.
    public let cgroup: String
    /// What init is told, the mount plan included.
    public let initMessage: InitMessage
}
