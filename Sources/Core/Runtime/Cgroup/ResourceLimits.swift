/// What a container may use at most.
///
/// A limit that is nil is not set at all.
public struct ResourceLimits: Sendable, Equatable, Codable {
    /// Memory in bytes.
    public var memory: Int64?
    /// Memory and swap together, in bytes, -1 for any amount; nil for twice the memory.
    public var memorySwap: Int64?
    /// The memory that it is left with when the host has little.
    public var memoryReservation: Int64?
    /// How readily its memory is swapped out, 0 to 100; version 1 only.
    public var memorySwappiness: Int?
    /// True to have processes wait for memory instead of killing one; version 1 only.
    public var oomKillDisable: Bool?
    /// CPU time per wall-clock time, in thousandths of one CPU: 1500 is one and a half.
    public var milliCPUs: Int?
    /// The share of CPU time under contention, 2 to 262144; 1024 is an ordinary process's.
    public var cpuShares: Int?
    /// The time in which ``cpuQuota`` can be used up, in microseconds.
    public var cpuPeriod: Int?
    /// The CPU time in each ``cpuPeriod``, in microseconds; instead of ``milliCPUs``.
    public var cpuQuota: Int?
    /// The CPUs that it may run on, as cpuset(7) writes them: "0-1,3".
    public var cpuSet: String?
    /// The memory nodes that it may use, written in the same way.
    public var memoryNodes: String?
    /// How many processes and threads there may be.
    public var processes: Int64?
    /// The share of a disk's time under contention, 10 to 1000.
    public var blockIOWeight: Int?
    /// What it may read and write of single disks; nil for none, never empty.
    public var deviceRates: [DeviceRate]?

    /// No limits.
    public init() {}

    /// True if nothing is limited.
    public var isEmpty: Bool { self == ResourceLimits() }

    /// Docker's lower bound too: less does not carry the start of a process.
    public static let leastMemory: Int64 = 6 << 20

    /// Memory and swap together, in bytes, -1 for any amount; nil if there is no limit of memory.
    ///
    /// What docker gives by default is as much swap as memory.
    package var memoryAndSwap: Int64? {
        memorySwap ?? memory.map { $0 > .max / 2 ? .max : $0 * 2 }
    }
}
