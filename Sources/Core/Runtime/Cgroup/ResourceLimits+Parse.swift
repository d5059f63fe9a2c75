internal import Glibc

/// Limits from what a user writes. All throw ``CgroupError/invalidLimit(option:value:reason:)``; nil is no limit.
extension ResourceLimits {
    /// Memory: bytes, or a number with b, k, m, g or t (powers of 1024), as in "100m" or "1.5g"; 0, docker's word for
    /// no limit, is nil.
    public static func parseMemory(_ text: String) throws(CgroupError) -> Int64? {
        try parseMemory(text, option: "--memory")
    }

    /// As ``parseMemory(_:)``.
    public static func parseMemoryReservation(_ text: String) throws(CgroupError) -> Int64? {
        try parseMemory(text, option: "--memory-reservation")
    }

    private static func parseMemory(_ text: String, option: String) throws(CgroupError) -> Int64? {
        let value = try size(text, option)
        if value == 0 { return nil }
        guard value >= leastMemory else {
            throw .invalidLimit(option: option, value: text, reason: "less than the least, 6m")
        }
        return value
    }

    /// Memory and swap together; -1 stays -1: any amount of swap.
    public static func parseMemorySwap(_ text: String) throws(CgroupError) -> Int64? {
        if text == "-1" { return -1 }
        let value = try size(text, "--memory-swap")
        return value == 0 ? nil : value
    }

    /// The size of /dev/shm; nil for 0, the usual one.
    public static func parseSharedMemory(_ text: String) throws(CgroupError) -> Int64? {
        let value = try size(text, "--shm-size")
        return value == 0 ? nil : value
    }

    /// A number of bytes; nil if it is none.
    static func bytes(_ text: String) -> Int64? { try? size(text, "") }

    private static func size(_ text: String, _ option: String) throws(CgroupError) -> Int64 {
        func refuse(_ reason: String) -> CgroupError {
            .invalidLimit(option: option, value: text, reason: reason)
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
        // "0.1" is no word for "no limit".
        return value > 0 ? max(1, Int64(bytes)) : 0
    }

    /// How readily memory is swapped out, 0 to 100; nil for -1, as the host's.
    public static func parseSwappiness(_ text: String) throws(CgroupError) -> Int? {
        let value = try number(text, "--memory-swappiness", -1...100, "or -1 for the host's")
        return value == -1 ? nil : value
    }

    /// CPUs, as in "0.5"; nil for 0.
    ///
    /// - Parameter available: how many CPUs the host has online.
    public static func parseCPUs(_ text: String, available: Int) throws(CgroupError) -> Int? {
        guard let value = Double(text), value == 0 || value >= 0.01, value <= Double(available) else {
            throw .invalidLimit(
                option: "--cpus", value: text,
                reason: "not a number from 0.01 to \(available), the host's CPUs, or 0 for no limit")
        }
        if value == 0 { return nil }
        return Int((value * 1000).rounded())
    }

    /// CPUs of this host.
    public static func parseCPUs(_ text: String) throws(CgroupError) -> Int? {
        try parseCPUs(text, available: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }

    /// CPU shares; nil for 0, the usual share.
    public static func parseShares(_ text: String) throws(CgroupError) -> Int? {
        try number(text, "--cpu-shares", 2...262_144, "or 0 for the usual share")
    }

    /// A period of CPU time in microseconds; nil for 0, the usual one.
    public static func parsePeriod(_ text: String) throws(CgroupError) -> Int? {
        try number(text, "--cpu-period", 1000...1_000_000, "microseconds, or 0 for the usual 100000")
    }

    /// CPU time in each period, in microseconds; nil for 0 and -1.
    public static func parseQuota(_ text: String) throws(CgroupError) -> Int? {
        if text == "-1" { return nil }
        return try number(text, "--cpu-quota", 1000...1 << 40, "microseconds, or 0 or -1 for no limit")
    }

    /// A share of a disk's time; nil for 0, the usual one.
    public static func parseBlockIOWeight(_ text: String) throws(CgroupError) -> Int? {
        try number(text, "--blkio-weight", 10...1000, "or 0 for the usual share")
    }

    private static func number(
        _ text: String, _ option: String, _ range: ClosedRange<Int>, _ besides: String
    ) throws(CgroupError) -> Int? {
        // What a share or a time cannot be is the usual.
        let isUsual = range.lowerBound > 0 && text == "0"
        guard let value = Int(text), isUsual || range.contains(value) else {
            throw .invalidLimit(
                option: option, value: text,
                reason: "not a number from \(range.lowerBound) to \(range.upperBound), \(besides)")
        }
        return isUsual ? nil : value
    }

    /// A set of CPUs.
    public static func parseCPUSet(_ text: String) throws(CgroupError) -> String {
        try parseList(text, option: "--cpuset-cpus")
    }

    /// A set of memory nodes.
    public static func parseMemoryNodes(_ text: String) throws(CgroupError) -> String {
        try parseList(text, option: "--cpuset-mems")
    }

    private static func parseList(_ text: String, option: String) throws(CgroupError) -> String {
        let isValid = text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { range in
            let ends = range.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map {
                UInt16($0)
            }
            guard let first = ends[0], let last = ends.count == 2 ? ends[1] : first else { return false }
            return first <= last
        }
        guard isValid else {
            throw .invalidLimit(option: option, value: text, reason: "not a list such as 0-1,3")
        }
        return text
    }

    /// A number of processes; nil for 0 and -1.
    public static func parseProcesses(_ text: String) throws(CgroupError) -> Int64? {
        guard let value = Int64(text), value >= -1 else {
            throw .invalidLimit(
                option: "--pids-limit", value: text,
                reason: "not a number greater than 0, or 0 or -1 for no limit")
        }
        return value > 0 ? value : nil
    }
}
