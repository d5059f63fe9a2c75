extension ResourceLimits {
    /// Refuses limits that do not go together, by docker's rules.
    ///
    /// - Throws: ``CgroupError/invalidLimit(option:value:reason:)``.
    public func check() throws(CgroupError) {
        func refuse(_ option: String, _ value: Int64, _ reason: String) -> CgroupError {
            .invalidLimit(option: option, value: "\(value)", reason: reason)
        }
        if let memorySwap, memorySwap != -1 {
            guard let memory else {
                throw refuse(
                    "--memory-swap", memorySwap, "it is memory and swap together, and needs --memory")
            }
            guard memorySwap >= memory else {
                throw refuse(
                    "--memory-swap", memorySwap,
                    "it is memory and swap together, and less than --memory, \(memory)")
            }
        }
        if let memory, let memoryReservation, memoryReservation > memory {
            throw refuse("--memory-reservation", memoryReservation, "more than --memory, \(memory)")
        }
        if let milliCPUs, cpuQuota != nil || cpuPeriod != nil {
            let other = cpuQuota != nil ? "--cpu-quota" : "--cpu-period"
            throw .invalidLimit(
                option: "--cpus", value: "\(Double(milliCPUs) / 1000)",
                reason: "it sets what \(other) sets; give one of them")
        }
    }
}
