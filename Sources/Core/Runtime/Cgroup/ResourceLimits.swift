/// What a container may use at most.
///
/// A limit that is nil is not set at all.
public struct ResourceLimits: Sendable, Equatable, Encodable {
    /// Memory in bytes.
    public var memory: Int64?
    /// CPU time per wall-clock time, in thousandths of one CPU: 1500 is one and a half.
    public var milliCPUs: Int?
    /// The share of CPU time under contention, 2 to 262144; 1024 is an ordinary process's.
    public var cpuShares: Int?
    /// The CPUs that it may run on, as cpuset(7) writes them: "0-1,3".
    public var cpuSet: String?
    /// How many processes and threads there may be.
    public var processes: Int64?

    /// No limits.
    public init() {}

    /// True if nothing is limited.
    public var isEmpty: Bool { self == ResourceLimits() }

    /// Docker's lower bound too: less does not carry the start of a process.
    public static let leastMemory: Int64 = 6 << 20
}

extension ResourceLimits {
    /// Memory from what a user writes: bytes, or a number with b, k, m, g or t (powers of 1024), as in "100m"
    /// or "1.5g"; nil for 0, which is docker's word for no limit.
    ///
    /// - Throws: ``CgroupError/invalidLimit(option:value:reason:)``.
    public static func parseMemory(_ text: String) throws(CgroupError) -> Int64? {
        func refuse(_ reason: String) -> CgroupError {
            .invalidLimit(option: "--memory", value: text, reason: reason)
        }
        let lower = text.lowercased()
        let number = lower.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let units: [String: Int64] = [
            "": 1, "b": 1, "k": 1 << 10, "kb": 1 << 10, "kib": 1 << 10, "m": 1 << 20, "mb": 1 << 20,
            "mib": 1 << 20, "g": 1 << 30, "gb": 1 << 30, "gib": 1 << 30, "t": 1 << 40, "tb": 1 << 40,
            "tib": 1 << 40,
        ]
        guard let unit = units[String(lower.dropFirst(number.count))], let value = Double(number) else {
            throw refuse("not a number of bytes with an optional b, k, m, g or t")
        }
        let bytes = value * Double(unit)
        guard bytes < Double(Int64.max) else { throw refuse("more than a kernel can count") }
        if value == 0 { return nil }
        guard Int64(bytes) >= leastMemory else { throw refuse("less than the least, 6m") }
        return Int64(bytes)
    }

    /// CPUs from what a user writes, as in "0.5"; nil for 0, no limit.
    ///
    /// - Parameter available: how many CPUs the host has online.
    /// - Throws: ``CgroupError/invalidLimit(option:value:reason:)``.
    public static func parseCPUs(_ text: String, available: Int) throws(CgroupError) -> Int? {
        guard let value = Double(text), value == 0 || value >= 0.01, value <= Double(available) else {
            throw .invalidLimit(
                option: "--cpus", value: text,
                reason: "not a number from 0.01 to \(available), the host's CPUs, or 0 for no limit")
        }
        if value == 0 { return nil }
        return Int((value * 1000).rounded())
    }

    /// CPU shares from what a user writes; nil for 0, the usual share.
    ///
    /// - Throws: ``CgroupError/invalidLimit(option:value:reason:)``.
    public static func parseShares(_ text: String) throws(CgroupError) -> Int? {
        guard let value = Int(text), value == 0 || (2...262_144).contains(value) else {
            throw .invalidLimit(
                option: "--cpu-shares", value: text,
                reason: "not a number from 2 to 262144, or 0 for the usual share")
        }
        return value == 0 ? nil : value
    }

    /// A set of CPUs from what a user writes.
    ///
    /// - Throws: ``CgroupError/invalidLimit(option:value:reason:)``.
    public static func parseCPUSet(_ text: String) throws(CgroupError) -> String {
        let isValid = text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { range in
            let ends = range.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map {
                UInt16($0)
            }
            guard let first = ends[0], let last = ends.count == 2 ? ends[1] : first else { return false }
            return first <= last
        }
        guard isValid else {
            throw .invalidLimit(option: "--cpuset-cpus", value: text, reason: "not a list such as 0-1,3")
        }
        return text
    }

    /// A number of processes from what a user writes; nil for 0 and -1, no limit.
    ///
    /// - Throws: ``CgroupError/invalidLimit(option:value:reason:)``.
    public static func parseProcesses(_ text: String) throws(CgroupError) -> Int64? {
        guard let value = Int64(text), value >= -1 else {
            throw .invalidLimit(
                option: "--pids-limit", value: text,
                reason: "not a number greater than 0, or 0 or -1 for no limit")
        }
        return value > 0 ? value : nil
    }
}
