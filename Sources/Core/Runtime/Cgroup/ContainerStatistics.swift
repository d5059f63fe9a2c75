internal import Host
internal import SystemPackage

/// What a container uses at one moment; nil for what nobody counts.
public struct ContainerStatistics: Sendable, Equatable {
    /// CPU time since its start, in nanoseconds.
    public var cpu: UInt64?
    /// CPU time of the whole host since its start, the idle time included, in nanoseconds.
    public var hostCPU: UInt64 = 0
    /// How many CPUs the host has online.
    public var cpus = 0
    /// Memory in bytes, without the files that can be dropped at once.
    ///
    /// A container without a limit of memory has no cgroup that counts it: then it is the sum over its processes of what
    /// is theirs, and their part of what they share.
    public var memory: UInt64?
    /// The limit of its memory; nil if there is none.
    public var memoryLimit: UInt64?
    /// The memory of the host.
    public var hostMemory: UInt64 = 0
    /// How many processes and threads it has.
    public var processes: UInt64?
    /// What was read from disks and written to them, in bytes.
    public var blockRead: UInt64?
    /// See ``blockRead``.
    public var blockWritten: UInt64?
    /// What came and went by its network interfaces, in bytes, but the loopback.
    public var received: UInt64?
    /// See ``received``.
    public var sent: UInt64?

    /// Of one CPU, in hundredths, what was used since an earlier moment: docker's number.
    public func cpuPercent(since earlier: ContainerStatistics) -> Double? {
        guard let cpu, let before = earlier.cpu else { return nil }
        guard cpu > before, hostCPU > earlier.hostCPU else { return 0 }
        return Double(cpu - before) / Double(hostCPU - earlier.hostCPU) * Double(cpus) * 100
    }

    /// Its memory in hundredths of what it may use.
    public var memoryPercent: Double? {
        let whole = min(memoryLimit ?? hostMemory, hostMemory)
        return memory.map { whole == 0 ? 0 : Double($0) / Double(whole) * 100 }
    }
}
