internal import Host
internal import SystemPackage

extension ContainerStatistics {
    /// Reads what the container uses now; of what ends meanwhile, less or nothing.
    ///
    /// - Parameters:
    ///   - cgroup: its cgroups, as ``ContainerCgroup/find(id:below:hierarchies:)`` finds them.
    ///   - process: its process 1, for the network; nil for none.
    package init(of cgroup: ContainerCgroup, process: Int32?) {
        self.init(of: cgroup, process: process, table: ProcessNumbers.table)
    }

    /// The same with another /proc.
    init(of cgroup: ContainerCgroup, process: Int32?, table: FilePath) {
        let places = CgroupFiles(directories: cgroup.directories)
        var members: [ProcessNumbers] {
            cgroup.processes(with: process).map { ProcessNumbers(of: $0, in: table) }
        }
        readHost(table)
        if let time = places.number("cpuacct.usage") {
            cpu = time
        } else if let time = places.keyed("cpu.stat")?["usage_usec"] {
            cpu = time * 1000
        } else {
            cpu = members.reduce(0) { $0 + $1.cpu }
        }
        readMemory(places)
        if memory == nil { memory = members.reduce(0) { $0 + $1.memory } }
        processes = places.number("pids.current") ?? cgroup.threadCount().map { UInt64($0) }
        readBlocks(places)
        if let process, let network = ProcessNumbers(of: process, in: table).network {
            (received, sent) = (network.received, network.sent)
        }
    }

    private mutating func readHost(_ table: FilePath) {
        hostMemory = (KeyedNumbers(at: table.appending("meminfo"))["MemTotal:"] ?? 0) * 1024
        for line in ((try? Files.read(table.appending("stat"))) ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words[0].hasPrefix("cpu") else { continue }
            if words[0] == "cpu" {
                // As docker sums them: user to softirq. What is after them is part of these, or not the host's.
                hostCPU = words[1...].prefix(7).reduce(0) { $0 + (UInt64($1) ?? 0) * 10_000_000 }
            } else {
                cpus += 1
            }
        }
    }

    private mutating func readMemory(_ places: CgroupFiles) {
        let files: (limit: String, cache: String)
        let usage: UInt64
        if let current = places.number("memory.current") {
            (usage, files) = (current, ("memory.max", "inactive_file"))
        } else if let current = places.number("memory.usage_in_bytes") {
            (usage, files) = (current, ("memory.limit_in_bytes", "total_inactive_file"))
        } else {
            return
        }
        let cache = places.keyed("memory.stat")?[files.cache] ?? 0
        memory = cache < usage ? usage - cache : usage
        // The first version's word for none is the largest number of pages.
        if let limit = places.number(files.limit), limit < 1 << 62 { memoryLimit = limit }
    }

    private mutating func readBlocks(_ places: CgroupFiles) {
        // "8:0 rbytes=1 wbytes=2 rios=3 …", or a line for each: "8:0 Read 1".
        let text = places.text("io.stat") ?? places.text("blkio.throttle.io_service_bytes_recursive")
        guard let text else { return }
        let words = text.split { " =\n".contains($0) }
        func sum(_ names: [Substring]) -> UInt64 {
            var sum: UInt64 = 0
            for (name, number) in zip(words, words.dropFirst()) where names.contains(name) {
                sum += UInt64(number) ?? 0
            }
            return sum
        }
        blockRead = sum(["rbytes", "Read"])
        blockWritten = sum(["wbytes", "Write"])
    }
}

/// The files of a container's cgroups, whichever hierarchy they are in.
private struct CgroupFiles {
    let directories: [FilePath]

    func text(_ name: String) -> String? {
        // Each is asked once, and not, as by a lazy compactMap, twice: it may be gone then.
        for directory in directories {
            if let text = try? Files.read(directory.appending(name)) { return text }
        }
        return nil
    }

    func number(_ name: String) -> UInt64? { text(name).flatMap { UInt64($0.dropLast()) } }

    func keyed(_ name: String) -> KeyedNumbers? { text(name).map(KeyedNumbers.init) }
}
