internal import Host
internal import Runtime
internal import Storage

extension ResourceLimits {
    /// The limits as a JSON object, as the decoder of the type reads it.
    ///
    /// By hand, as a container's record is.
    package var json: String {
        var members: [String] = []
        func add(_ name: String, _ value: (some FixedWidthInteger)?) {
            if let value { members.append("\"\(name)\":\(value)") }
        }
        func add(_ name: String, _ value: String?) {
            if let value { members.append("\"\(name)\":\(JSONValue.quoted(value))") }
        }
        add("memory", memory)
        add("memorySwap", memorySwap)
        add("memoryReservation", memoryReservation)
        add("memorySwappiness", memorySwappiness)
        if let oomKillDisable { members.append("\"oomKillDisable\":\(oomKillDisable)") }
        add("milliCPUs", milliCPUs)
        add("cpuShares", cpuShares)
        add("cpuPeriod", cpuPeriod)
        add("cpuQuota", cpuQuota)
        add("cpuSet", cpuSet)
        add("memoryNodes", memoryNodes)
        add("processes", processes)
        add("blockIOWeight", blockIOWeight)
        if let deviceRates {
            let rates = deviceRates.map {
                "{\"kind\":\"\($0.kind.rawValue)\",\"path\":\(JSONValue.quoted($0.path)),\"value\":\($0.value)}"
            }
            members.append("\"deviceRates\":[" + rates.joined(by: ",") + "]")
        }
        return "{" + members.joined(by: ",") + "}"
    }
}
