extension ResourceLimits {
    /// Sets the limit that an option of the command line is for.
    ///
    /// - Throws: ``CgroupError/invalidLimit(option:value:reason:)``.
    public mutating func set(_ option: String, to text: String) throws(CgroupError) {
        switch option {
        case "--memory": memory = try Self.parseMemory(text)
        case "--memory-swap": memorySwap = try Self.parseMemorySwap(text)
        case "--memory-reservation": memoryReservation = try Self.parseMemoryReservation(text)
        case "--memory-swappiness": memorySwappiness = try Self.parseSwappiness(text)
        case "--oom-kill-disable": oomKillDisable = text == "true" ? true : nil
        case "--cpus": milliCPUs = try Self.parseCPUs(text)
        case "--cpu-shares": cpuShares = try Self.parseShares(text)
        case "--cpu-period": cpuPeriod = try Self.parsePeriod(text)
        case "--cpu-quota": cpuQuota = try Self.parseQuota(text)
        case "--cpuset-cpus": cpuSet = try Self.parseCPUSet(text)
        case "--cpuset-mems": memoryNodes = try Self.parseMemoryNodes(text)
        case "--pids-limit": processes = try Self.parseProcesses(text)
        case "--blkio-weight": blockIOWeight = try Self.parseBlockIOWeight(text)
        default:
            guard let kind = DeviceRate.Kind.allCases.first(where: { $0.option == option }) else {
                throw .invalidLimit(option: option, value: text, reason: "there is no such limit")
            }
            let rate = try DeviceRate(kind, text)
            let others = (deviceRates ?? []).filter { $0.kind != kind || $0.path != rate.path }
            deviceRates = others + [rate]
        }
    }
}
