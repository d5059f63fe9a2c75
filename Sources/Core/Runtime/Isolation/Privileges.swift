/// What a process may do.
public struct Privileges: Sendable, Equatable {
    /// What root may do; also the bounding set.
    public var capabilities = CapabilitySet.standard
    /// The filter of system calls: an array of `struct sock_filter` (seccomp(2)); empty for none.
    public var filter: [UInt8] = []
    /// True if no execve(2) gives more than there was (PR_SET_NO_NEW_PRIVS).
    public var noNewPrivileges = false

    /// What containers usually get, without a filter.
    public init() {}
}
