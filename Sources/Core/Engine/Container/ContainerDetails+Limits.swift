internal import Runtime
internal import Storage

extension ContainerSpec {
    /// The limits in docker's words.
    var limitMembers: [String: JSONValue] {
        func number(_ value: (some FixedWidthInteger)?) -> JSONValue { .integer(Int64(value ?? 0)) }
        var members: [String: JSONValue] = [
            "Memory": number(limits.memory), "MemorySwap": number(limits.memoryAndSwap),
            "MemoryReservation": number(limits.memoryReservation),
            "MemorySwappiness": limits.memorySwappiness.map { JSONValue.integer(Int64($0)) } ?? .null,
            "OomKillDisable": limits.oomKillDisable.map { JSONValue.bool($0) } ?? .null,
            "NanoCpus": .integer(Int64(limits.milliCPUs ?? 0) * 1_000_000),
            "CpuShares": number(limits.cpuShares), "CpuPeriod": number(limits.cpuPeriod),
            "CpuQuota": number(limits.cpuQuota), "CpusetCpus": .string(limits.cpuSet ?? ""),
            "CpusetMems": .string(limits.memoryNodes ?? ""),
            "PidsLimit": limits.processes.map { JSONValue.integer($0) } ?? .null,
            "BlkioWeight": number(limits.blockIOWeight),
            "CgroupParent": .string(cgroupParent == .usual ? "" : cgroupParent.text),
        ]
        for (name, kind) in [
            ("BlkioWeightDevice", DeviceRate.Kind.weight), ("BlkioDeviceReadBps", .readBytes),
            ("BlkioDeviceWriteBps", .writeBytes), ("BlkioDeviceReadIOps", .readOperations),
            ("BlkioDeviceWriteIOps", .writeOperations),
        ] {
            let value = kind == .weight ? "Weight" : "Rate"
            members[name] = .array(
                (limits.deviceRates ?? []).filter { $0.kind == kind }.map {
                    JSONValue.object(["Path": .string($0.path), value: .integer($0.value)])
                })
        }
        return members
    }
}
