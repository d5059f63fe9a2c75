/// What this process may do besides what its user ID says.
public enum ProcessRights {
    /// True if it is root only in a user namespace that it has entered at its start, because an ordinary user has called it:
    /// it cannot make device nodes, use loop devices, or set attributes that are the host's root's.
    ///
    /// Set once, by a process with a single thread.
    nonisolated(unsafe) public package(set) static var areLimited = false
}
