/// How far a container is shut in besides its namespaces: what init puts into force.
public struct Isolation: Sendable, Equatable {
    /// What root may do inside; also the bounding set.
    public var capabilities = CapabilitySet.standard
    /// The filter of system calls: an array of `struct sock_filter` (seccomp(2)); empty for none.
    public var filter: [UInt8] = []
    /// True if no execve(2) gives more than there was (PR_SET_NO_NEW_PRIVS).
    public var noNewPrivileges = false
    /// True if /proc and /sys are hidden and read-only where docker has them so.
    public var restrictsKernelFileSystems = true
    /// True if somebody decides which device nodes can be opened; otherwise the root opens none.
    public var controlsDevices = false
    /// Nodes in /dev besides the usual ones.
    public var devices: [DeviceNode] = []
    /// True to show /sys writable, as a privileged container has it.
    public var writableSystem = false

    /// What containers usually get, without a filter.
    public init() {}
}
