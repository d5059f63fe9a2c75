/// The settings that limits are made of.
///
/// Sources: admin-guide/cgroup-v1 and admin-guide/cgroup-v2.rst in the kernel's documentation.
extension CgroupSetting {
    /// What has to be written where `limits` replace `old`, in the order in which a kernel takes it.
    static func all(
        for limits: ResourceLimits, replacing old: ResourceLimits = ResourceLimits(), isUnified: Bool
    ) -> [CgroupSetting] {
        if limits == old { return [] }
        var list = LimitList(new: limits, old: old)
        if isUnified { list.addUnified() } else { list.addFirst() }
        list.addDevices(isUnified: isUnified)
        return list.settings
    }
}

/// Settings being put together: each is there that differs between two sets of limits.
private struct LimitList {
    let new: ResourceLimits
    let old: ResourceLimits
    var settings: [CgroupSetting] = []

    /// Adds what `value` tells of the new limits, if it tells another thing of the old ones.
    ///
    /// - Parameter usual: what a cgroup has without this limit.
    mutating func add(
        _ option: String, _ controller: CgroupController, _ file: String, usual: String,
        isRequired: Bool = true,
        lack: String? = nil, _ value: (ResourceLimits) -> String?
    ) {
        add(
            option, controller, [file], usual: [usual], isRequired: isRequired, lack: lack
        ) { limits in value(limits).map { [$0] } }
    }

    /// The same for a setting that is in one of several files.
    mutating func add(
        _ option: String, _ controller: CgroupController, _ files: [String], usual: [String],
        isRequired: Bool = true, lack: String? = nil, _ values: (ResourceLimits) -> [String]?
    ) {
        let value = values(new)
        guard value != values(old) else { return }
        var setting = CgroupSetting(
            option: option, controller: controller,
            places: zip(files, value ?? usual).map { .init(file: $0, value: $1) })
        setting.isRequired = isRequired
        if let lack { setting.lack = lack }
        settings.append(setting)
    }

    /// The first version.
    mutating func addFirst() {
        let noSwap = "this kernel does not count swap (swapaccount=1)"
        add("--memory", .memory, "memory.limit_in_bytes", usual: "-1") { $0.memory.map(String.init) }
        add(
            new.memorySwap == nil ? "--memory" : "--memory-swap", .memory, "memory.memsw.limit_in_bytes",
            usual: "-1", isRequired: new.memorySwap != nil, lack: noSwap
        ) { $0.memoryAndSwap.map(String.init) }
        // Memory alone may never be more than both together, so what grows goes first.
        let both = new.memoryAndSwap ?? -1
        if settings.count == 2, both == -1 || old.memory.map({ both >= $0 }) ?? false { settings.reverse() }
        add("--memory-reservation", .memory, "memory.soft_limit_in_bytes", usual: "-1") {
            $0.memoryReservation.map(String.init)
        }
        add("--memory-swappiness", .memory, "memory.swappiness", usual: "") {
            $0.memorySwappiness.map(String.init)
        }
        add("--oom-kill-disable", .memory, "memory.oom_control", usual: "0") {
            $0.oomKillDisable == true ? "1" : nil
        }
        add(cpuOption, .cpu, "cpu.cfs_period_us", usual: "\(ResourceLimits.usualPeriod)") {
            $0.cpuTime.map { "\($0.period)" }
        }
        add(cpuOption, .cpu, "cpu.cfs_quota_us", usual: "-1") { $0.cpuTime?.quota.map(String.init) }
        add("--cpu-shares", .cpu, "cpu.shares", usual: "1024") { $0.cpuShares.map(String.init) }
        addSame(all: "")
        add(
            "--blkio-weight", .blkio, ["blkio.weight", "blkio.bfq.weight"], usual: ["500", "100"],
            lack: Self.noWeights
        ) { limits in limits.blockIOWeight.map { ["\($0)", "\($0)"] } }
    }

    /// The second version.
    mutating func addUnified() {
        add("--memory", .memory, "memory.max", usual: "max") { $0.memory.map(String.init) }
        add(
            new.memorySwap == nil ? "--memory" : "--memory-swap", .memory, "memory.swap.max", usual: "max",
            isRequired: new.memorySwap != nil, lack: "this kernel does not count swap"
        ) { limits in
            guard let both = limits.memoryAndSwap else { return nil }
            return both == -1 ? "max" : "\(both - (limits.memory ?? 0))"
        }
        add("--memory-reservation", .memory, "memory.low", usual: "0") {
            $0.memoryReservation.map(String.init)
        }
        let gone = "there is no such setting in the second version of cgroups"
        add("--memory-swappiness", .memory, [], usual: [], lack: gone) { limits in
            limits.memorySwappiness.map { ["\($0)"] }
        }
        add("--oom-kill-disable", .memory, [], usual: [], lack: gone) { limits in
            limits.oomKillDisable == true ? ["1"] : nil
        }
        add(cpuOption, .cpu, "cpu.max", usual: "max \(ResourceLimits.usualPeriod)") {
            $0.cpuTime.map { "\($0.quota.map(String.init) ?? "max") \($0.period)" }
        }
        add("--cpu-shares", .cpu, "cpu.weight", usual: "100") {
            // The OCI runtimes' mapping of 2…262144 onto 1…10000.
            $0.cpuShares.map { "\(1 + ($0 - 2) * 9999 / 262_142)" }
        }
        addSame(all: "\n")
        add(
            "--blkio-weight", .blkio, ["io.bfq.weight", "io.weight"], usual: ["100", "100"],
            lack: Self.noWeights
        ) { limits in limits.blockIOWeight.map(Self.unifiedWeights) }
    }

    /// What both versions write alike.
    ///
    /// - Parameter all: what a set of CPUs is without a limit.
    private mutating func addSame(all: String) {
        add("--cpuset-cpus", .cpuset, "cpuset.cpus", usual: all) { $0.cpuSet }
        add("--cpuset-mems", .cpuset, "cpuset.mems", usual: all) { $0.memoryNodes }
        add("--pids-limit", .pids, "pids.max", usual: "max") { $0.processes.map(String.init) }
    }

    /// The limits of single disks; of several for the same thing, the last one.
    mutating func addDevices(isUnified: Bool) {
        func last(_ rates: [DeviceRate]?) -> [DeviceRate] {
            let rates = rates ?? []
            return rates.enumerated().filter { index, rate in
                !rates[(index + 1)...].contains { $0.kind == rate.kind && $0.path == rate.path }
            }.map(\.element)
        }
        let wanted = last(new.deviceRates)
        let before = last(old.deviceRates)
        for rate in before where !wanted.contains(where: { $0.kind == rate.kind && $0.path == rate.path }) {
            add(rate, isUnified: isUnified, isLifted: true)
        }
        for rate in wanted where !before.contains(rate) { add(rate, isUnified: isUnified, isLifted: false) }
    }

    private mutating func add(_ rate: DeviceRate, isUnified: Bool, isLifted: Bool) {
        func places(_ first: String, _ second: String) -> [CgroupSetting.Place] {
            isUnified
                ? [.init(file: "io.max", value: "\(second)=\(isLifted ? "max" : "\(rate.value)")")]
                : [.init(file: "blkio.throttle.\(first)", value: isLifted ? "0" : "\(rate.value)")]
        }
        let places =
            switch rate.kind {
            case .readBytes: places("read_bps_device", "rbps")
            case .writeBytes: places("write_bps_device", "wbps")
            case .readOperations: places("read_iops_device", "riops")
            case .writeOperations: places("write_iops_device", "wiops")
            case .weight:
                zip(
                    isUnified
                        ? ["io.bfq.weight", "io.weight"]
                        : ["blkio.weight_device", "blkio.bfq.weight_device"],
                    isLifted
                        ? (isUnified ? ["default", "default"] : ["0", "0"])
                        : isUnified
                            ? Self.unifiedWeights(Int(rate.value)) : ["\(rate.value)", "\(rate.value)"]
                ).map { CgroupSetting.Place(file: $0, value: $1) }
            }
        var setting = CgroupSetting(
            option: rate.kind.option, controller: .blkio, places: places, device: rate)
        setting.lack = rate.kind == .weight ? Self.noWeights : "this kernel does not limit disks"
        settings.append(setting)
    }

    private static let noWeights = "no disk scheduler of this kernel knows weights, as BFQ does"

    /// BFQ's own, and the OCI runtimes' mapping of 10…1000 onto 1…10000.
    private static func unifiedWeights(_ weight: Int) -> [String] {
        ["\(weight)", "\(1 + (weight - 10) * 9999 / 990)"]
    }

    /// Which option speaks of CPU time.
    private var cpuOption: String {
        let limits = new.cpuTime == nil ? old : new
        return limits.milliCPUs != nil ? "--cpus" : limits.cpuQuota != nil ? "--cpu-quota" : "--cpu-period"
    }
}

extension ResourceLimits {
    /// The kernel's, in microseconds.
    fileprivate static let usualPeriod = 100_000

    /// The CPU time in each period, in microseconds, nil for any; nil if neither was asked for.
    fileprivate var cpuTime: (quota: Int?, period: Int)? {
        if let milliCPUs { return (milliCPUs * Self.usualPeriod / 1000, Self.usualPeriod) }
        if cpuQuota == nil && cpuPeriod == nil { return nil }
        return (cpuQuota, cpuPeriod ?? Self.usualPeriod)
    }
}
