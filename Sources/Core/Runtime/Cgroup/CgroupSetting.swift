/// One limit as a cgroup version spells it: which controller, which file, which value.
struct CgroupSetting: Equatable {
    let option: String
    let controller: String
    let file: String
    let value: String
    /// False for a refinement that a host may lack.
    var isRequired = true

    /// The settings for `limits`, in the order in which they must be written.
    ///
    /// Sources: admin-guide/cgroup-v1 and admin-guide/cgroup-v2.rst in the kernel's documentation.
    static func all(for limits: ResourceLimits, isUnified: Bool) -> [CgroupSetting] {
        var settings: [CgroupSetting] = []
        func add(
            _ option: String, _ controller: String, _ file: String, _ value: String, isRequired: Bool = true
        ) {
            settings.append(
                CgroupSetting(
                    option: option, controller: controller, file: file, value: value, isRequired: isRequired))
        }
        if let memory = limits.memory {
            let option = "--memory"
            if isUnified {
                add(option, "memory", "memory.max", "\(memory)")
                // As much swap as memory: what docker gives by default. Absent without swap accounting.
                add(option, "memory", "memory.swap.max", "\(memory)", isRequired: false)
            } else {
                add(option, "memory", "memory.limit_in_bytes", "\(memory)")
                let total = memory.multipliedReportingOverflow(by: 2)
                let sum = total.overflow ? Int64.max : total.partialValue
                add(option, "memory", "memory.memsw.limit_in_bytes", "\(sum)", isRequired: false)
            }
        }
        if let milliCPUs = limits.milliCPUs {
            let period = 100_000
            let quota = milliCPUs * period / 1000
            if isUnified {
                add("--cpus", "cpu", "cpu.max", "\(quota) \(period)")
            } else {
                add("--cpus", "cpu", "cpu.cfs_period_us", "\(period)")
                add("--cpus", "cpu", "cpu.cfs_quota_us", "\(quota)")
            }
        }
        if let shares = limits.cpuShares {
            if isUnified {
                // The OCI runtimes' mapping of 2…262144 onto 1…10000.
                add("--cpu-shares", "cpu", "cpu.weight", "\(1 + (shares - 2) * 9999 / 262_142)")
            } else {
                add("--cpu-shares", "cpu", "cpu.shares", "\(shares)")
            }
        }
        if let cpuSet = limits.cpuSet { add("--cpuset-cpus", "cpuset", "cpuset.cpus", cpuSet) }
        if let processes = limits.processes { add("--pids-limit", "pids", "pids.max", "\(processes)") }
        return settings
    }
}
