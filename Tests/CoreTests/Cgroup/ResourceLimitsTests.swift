import Foundation
import SystemPackage
import Testing

@testable import Engine
@testable import Host
@testable import Runtime

@Suite("Limits as users write them")
struct ResourceLimitsTests {
    @Test(
        "Memory",
        arguments: [
            ("6291456", 6 << 20), ("100m", 100 << 20), ("100M", 100 << 20), ("100mb", 100 << 20),
            ("100MiB", 100 << 20),
            ("1g", 1 << 30), ("1.5g", 3 << 29), ("8192k", 8 << 20), ("8388608b", 8 << 20), ("2t", 2 << 40),
            ("0.5g", 1 << 29),
        ] as [(String, Int64)])
    func memory(text: String, bytes: Int64) throws {
        #expect(try ResourceLimits.parseMemory(text) == bytes)
    }

    @Test(
        "Memory that is none",
        arguments: [
            "", "m", "-1", "1", "1x", "5m", "99999999999g", "1 m", " 64m", "64m ", "1e3m", "0x10m",
            "nan", "inf",
            "1..5g", ".", "６４m", "64mm", "+64m", "9223372036854775808",
        ])
    func noMemory(text: String) {
        #expect(throws: CgroupError.self) { try ResourceLimits.parseMemory(text) }
    }

    @Test(
        "CPUs",
        arguments: [("0.01", 10), ("0.5", 500), ("1", 1000), ("1.5", 1500), ("2", 2000), ("2.0", 2000)])
    func cpus(text: String, thousandths: Int) throws {
        #expect(try ResourceLimits.parseCPUs(text, available: 2) == thousandths)
    }

    @Test("CPUs that are none", arguments: ["", "0.001", "-1", "2.1", "x", "nan", "inf", "-inf", "1,5"])
    func noCPUs(text: String) {
        #expect(throws: CgroupError.self) { try ResourceLimits.parseCPUs(text, available: 2) }
    }

    @Test("Shares and processes")
    func counts() throws {
        #expect(try ResourceLimits.parseShares("2") == 2)
        #expect(try ResourceLimits.parseShares("262144") == 262_144)
        #expect(try ResourceLimits.parseProcesses("1") == 1)
        for text in ["", "1", "262145", "-5", "1.5", "x"] {
            #expect(throws: CgroupError.self) { try ResourceLimits.parseShares(text) }
        }
        for text in ["", "-2", "x", "1.5", "99999999999999999999"] {
            #expect(throws: CgroupError.self) { try ResourceLimits.parseProcesses(text) }
        }
    }

    @Test("What docker calls no limit is none")
    func none() throws {
        #expect(try ResourceLimits.parseMemory("0") == nil && ResourceLimits.parseMemory("0m") == nil)
        #expect(try ResourceLimits.parseCPUs("0", available: 2) == nil)
        #expect(try ResourceLimits.parseShares("0") == nil)
        #expect(try ResourceLimits.parseProcesses("0") == nil && ResourceLimits.parseProcesses("-1") == nil)
    }

    @Test("Sets of CPUs", arguments: ["0", "0-1", "0,1", "0-1,3", "7,3-5,0", "65535"])
    func sets(text: String) throws {
        #expect(try ResourceLimits.parseCPUSet(text) == text)
    }

    @Test(
        "Sets of CPUs that are none",
        arguments: ["", "x", "-", "1-", "-1", "3-1", "0,,1", ",", "0-1-2", "65536", "0 1"])
    func noSets(text: String) {
        #expect(throws: CgroupError.self) { try ResourceLimits.parseCPUSet(text) }
    }
}

@Suite("Limits that docker has besides")
struct MoreLimitsTests {
    @Test("Memory and swap together: -1 is any amount, and less than the least of memory may be meant")
    func swap() throws {
        #expect(try ResourceLimits.parseMemorySwap("-1") == -1)
        #expect(try ResourceLimits.parseMemorySwap("0") == nil)
        #expect(try ResourceLimits.parseMemorySwap("1k") == 1024)
        for text in ["", "-2", "x", "1 m"] {
            #expect(throws: CgroupError.self) { try ResourceLimits.parseMemorySwap(text) }
        }
        #expect(try ResourceLimits.parseMemoryReservation("8m") == 8 << 20)
        #expect(throws: CgroupError.self) { try ResourceLimits.parseMemoryReservation("5m") }
    }

    @Test("A size that is not zero is not docker's word for no limit", arguments: ["0.1", "0.0001k"])
    func tiny(text: String) {
        #expect(throws: CgroupError.self) { try ResourceLimits.parseMemory(text) }
    }

    @Test("Numbers in their ranges; what docker calls the usual is nil")
    func numbers() throws {
        #expect(try ResourceLimits.parseSwappiness("0") == 0 && ResourceLimits.parseSwappiness("100") == 100)
        #expect(try ResourceLimits.parseSwappiness("-1") == nil)
        #expect(try ResourceLimits.parsePeriod("1000") == 1000 && ResourceLimits.parsePeriod("0") == nil)
        #expect(try ResourceLimits.parseQuota("1000") == 1000)
        #expect(try ResourceLimits.parseQuota("0") == nil && ResourceLimits.parseQuota("-1") == nil)
        #expect(try ResourceLimits.parseBlockIOWeight("10") == 10)
        #expect(try ResourceLimits.parseBlockIOWeight("0") == nil)
        for text in ["", "-2", "101", "x", "1.5"] {
            #expect(throws: CgroupError.self) { try ResourceLimits.parseSwappiness(text) }
        }
        for text in ["", "-1", "999", "1000001", "x"] {
            #expect(throws: CgroupError.self) { try ResourceLimits.parsePeriod(text) }
        }
        for text in ["", "-2", "999", "x"] {
            #expect(throws: CgroupError.self) { try ResourceLimits.parseQuota(text) }
        }
        for text in ["", "9", "1001", "-1"] {
            #expect(throws: CgroupError.self) { try ResourceLimits.parseBlockIOWeight(text) }
        }
    }

    @Test("Memory nodes are a list, and the message names their option")
    func nodes() throws {
        #expect(try ResourceLimits.parseMemoryNodes("0-1") == "0-1")
        #expect {
            try ResourceLimits.parseMemoryNodes("x")
        } throws: { error in
            (error as? CgroupError)?.explanation.problem.hasPrefix("--cpuset-mems \"x\"") ?? false
        }
    }

    @Test("Rates of disks")
    func rates() throws {
        let rate = try DeviceRate(.readBytes, "/dev/a:b:1m")
        #expect(rate.path == "/dev/a:b" && rate.value == 1 << 20)
        #expect(try DeviceRate(.writeOperations, "/dev/sda:30").value == 30)
        for text in ["", "/dev/sda", "sda:1", "/dev/sda:0", "/dev/sda:-1", "/dev/sda:x", ":1"] {
            for kind in DeviceRate.Kind.allCases {
                #expect(throws: CgroupError.self) { try DeviceRate(kind, text) }
            }
        }
        #expect(throws: CgroupError.self) { try DeviceRate(.readOperations, "/dev/sda:1m") }
        #expect(throws: CgroupError.self) { try DeviceRate(.weight, "/dev/sda:5") }
        // A character device is no disk, and what is not there is none either.
        for path in ["/dev/null", "/dev/nothing-of-the-kind"] {
            let rate = try DeviceRate(.readBytes, "\(path):1m")
            #expect(throws: CgroupError.self) { try rate.number() }
        }
    }

    private func refusal(_ change: (inout ResourceLimits) -> Void) -> String? {
        var limits = ResourceLimits()
        change(&limits)
        do { try limits.check() } catch { return error.explanation.problem }
        return nil
    }

    @Test("What does not go together")
    func together() {
        #expect(refusal { $0.memorySwap = 100 }?.contains("needs --memory") ?? false)
        #expect(refusal { ($0.memory, $0.memorySwap) = (100, 99) }?.contains("--memory-swap") ?? false)
        #expect(refusal { ($0.memory, $0.memoryReservation) = (100, 101) }?.contains("more than") ?? false)
        #expect(refusal { ($0.milliCPUs, $0.cpuQuota) = (500, 1000) }?.contains("--cpu-quota") ?? false)
        #expect(refusal { ($0.milliCPUs, $0.cpuPeriod) = (500, 1000) }?.contains("--cpu-period") ?? false)
        #expect(refusal { ($0.memory, $0.memorySwap) = (100, 100) } == nil)
        #expect(refusal { ($0.memory, $0.memorySwap) = (100, -1) } == nil)
        #expect(refusal { $0.memorySwap = -1 } == nil)
    }

    @Test(
        "A parent of cgroups is a path below the root",
        arguments: [("/a/b", "a/b"), ("a//b/", "a/b"), ("/", "")])
    func parent(text: String, path: String) throws {
        #expect(try CgroupParent(text).path.string == path)
    }

    @Test(
        "A parent of cgroups that is none",
        arguments: [
            "", "..", "/a/../b", "./a", "a\nb", "a\0b", "mydocker/123", "/mydocker/123/inner",
        ])
    func noParent(text: String) {
        #expect(throws: CgroupError.self) { try CgroupParent(text) }
        let long = String(repeating: "a/", count: 2048)
        #expect(throws: CgroupError.self) { try CgroupParent(long) }
    }

    @Test("The record's own text is what the decoder reads, and nothing is written of what is not set")
    func json() throws {
        #expect(ResourceLimits().json == "{}")
        var limits = ResourceLimits()
        limits.memory = 1
        limits.memorySwap = -1
        limits.memoryReservation = 2
        limits.memorySwappiness = 3
        limits.oomKillDisable = true
        limits.milliCPUs = 4
        limits.cpuShares = 5
        limits.cpuPeriod = 6
        limits.cpuQuota = 7
        limits.cpuSet = "0-1"
        limits.memoryNodes = "0"
        limits.processes = 8
        limits.blockIOWeight = 9
        limits.deviceRates = [
            try DeviceRate(.readBytes, "/dev/\"x\":1m"), try DeviceRate(.weight, "/dev/y:20"),
        ]
        let decoded = try JSONDecoder().decode(ResourceLimits.self, from: Data(limits.json.utf8))
        #expect(decoded == limits)
        // Every member is in it: another would be lost by a container that is started again.
        #expect(Mirror(reflecting: limits).children.allSatisfy { "\($0.value)" != "nil" })
        let parent = try CgroupParent("/a/b")
        #expect(
            try JSONDecoder().decode([CgroupParent].self, from: JSONEncoder().encode([parent])) == [parent])
        #expect(throws: (any Error).self) {
            try JSONDecoder().decode([CgroupParent].self, from: Data(#"["../x"]"#.utf8))
        }
    }
}

@Suite("Limits as cgroups spell them")
struct CgroupSettingTests {
    private func settings(isUnified: Bool, _ change: (inout ResourceLimits) -> Void) -> [String] {
        var limits = ResourceLimits()
        change(&limits)
        return CgroupSetting.all(for: limits, isUnified: isUnified).map { "\($0.file)=\($0.value)" }
    }

    @Test("No limit, no file", arguments: [false, true])
    func none(isUnified: Bool) {
        #expect(CgroupSetting.all(for: ResourceLimits(), isUnified: isUnified) == [])
    }

    @Test("Memory: swap as much again, where there is any to count")
    func memory() {
        #expect(
            settings(isUnified: true) { $0.memory = 100 } == ["memory.max=100", "memory.swap.max=100"])
        #expect(
            settings(isUnified: false) { $0.memory = 100 }
                == ["memory.limit_in_bytes=100", "memory.memsw.limit_in_bytes=200"])
        #expect(
            settings(isUnified: false) { $0.memory = .max }.last == "memory.memsw.limit_in_bytes=\(Int64.max)"
        )
        var limits = ResourceLimits()
        limits.memory = 100
        for isUnified in [false, true] {
            #expect(CgroupSetting.all(for: limits, isUnified: isUnified).map(\.isRequired) == [true, false])
        }
    }

    @Test("CPU time")
    func cpus() {
        #expect(settings(isUnified: true) { $0.milliCPUs = 1500 } == ["cpu.max=150000 100000"])
        #expect(
            settings(isUnified: false) { $0.milliCPUs = 10 }
                == ["cpu.cfs_period_us=100000", "cpu.cfs_quota_us=1000"])
    }

    @Test(
        "Shares: 2 to 262144 become 1 to 10000",
        arguments: [(2, 1), (512, 20), (1024, 39), (262_144, 10_000)])
    func shares(shares: Int, weight: Int) {
        #expect(settings(isUnified: true) { $0.cpuShares = shares } == ["cpu.weight=\(weight)"])
        #expect(settings(isUnified: false) { $0.cpuShares = shares } == ["cpu.shares=\(shares)"])
    }

    @Test("CPU sets and processes are the same in both", arguments: [false, true])
    func same(isUnified: Bool) {
        #expect(settings(isUnified: isUnified) { $0.cpuSet = "0-1" } == ["cpuset.cpus=0-1"])
        #expect(settings(isUnified: isUnified) { $0.processes = 9 } == ["pids.max=9"])
    }

    @Test("Memory and swap together are the difference in the second version")
    func swap() {
        #expect(
            settings(isUnified: true) { ($0.memory, $0.memorySwap) = (100, 150) }
                == ["memory.max=100", "memory.swap.max=50"])
        #expect(
            settings(isUnified: true) { ($0.memory, $0.memorySwap) = (100, 100) }.last == "memory.swap.max=0")
        #expect(
            settings(isUnified: true) { ($0.memory, $0.memorySwap) = (100, -1) }.last == "memory.swap.max=max"
        )
        #expect(
            settings(isUnified: false) { ($0.memory, $0.memorySwap) = (100, 150) }
                == ["memory.limit_in_bytes=100", "memory.memsw.limit_in_bytes=150"])
        // What was asked for has to be.
        var limits = ResourceLimits()
        (limits.memory, limits.memorySwap) = (100, 150)
        for isUnified in [false, true] {
            #expect(CgroupSetting.all(for: limits, isUnified: isUnified).map(\.isRequired) == [true, true])
        }
    }

    @Test("Everything else")
    func others() throws {
        func both(_ change: (inout ResourceLimits) -> Void) -> [[String]] {
            [settings(isUnified: false, change), settings(isUnified: true, change)]
        }
        #expect(
            both { $0.memoryReservation = 5 } == [["memory.soft_limit_in_bytes=5"], ["memory.low=5"]])
        #expect(both { $0.memorySwappiness = 5 } == [["memory.swappiness=5"], ["="]])
        #expect(both { $0.oomKillDisable = true } == [["memory.oom_control=1"], ["="]])
        #expect(both { $0.oomKillDisable = false } == [[], []])
        #expect(
            both { ($0.cpuPeriod, $0.cpuQuota) = (50_000, 2000) }
                == [["cpu.cfs_period_us=50000", "cpu.cfs_quota_us=2000"], ["cpu.max=2000 50000"]])
        #expect(
            both { $0.cpuQuota = 2000 }
                == [["cpu.cfs_period_us=100000", "cpu.cfs_quota_us=2000"], ["cpu.max=2000 100000"]])
        #expect(both { $0.cpuPeriod = 2000 } == [["cpu.cfs_period_us=2000"], ["cpu.max=max 2000"]])
        #expect(both { $0.memoryNodes = "0" } == [["cpuset.mems=0"], ["cpuset.mems=0"]])
        #expect(both { $0.blockIOWeight = 1000 } == [["blkio.weight=1000"], ["io.bfq.weight=1000"]])
        var limits = ResourceLimits()
        limits.blockIOWeight = 1000
        #expect(
            CgroupSetting.all(for: limits, isUnified: true).first?.places.last
                == .init(file: "io.weight", value: "10000"))
        for (kind, first, second) in [
            (DeviceRate.Kind.readBytes, "read_bps_device=9", "rbps=9"),
            (.writeBytes, "write_bps_device=9", "wbps=9"), (.readOperations, "read_iops_device=9", "riops=9"),
            (.writeOperations, "write_iops_device=9", "wiops=9"),
        ] {
            let rates = [try DeviceRate(kind, "/dev/x:8"), try DeviceRate(kind, "/dev/x:9")]
            #expect(both { $0.deviceRates = rates } == [["blkio.throttle.\(first)"], ["io.max=\(second)"]])
        }
    }

    private func change(
        _ old: (inout ResourceLimits) -> Void, _ new: (inout ResourceLimits) -> Void, isUnified: Bool
    ) -> [String] {
        var (before, after) = (ResourceLimits(), ResourceLimits())
        old(&before)
        new(&after)
        return CgroupSetting.all(for: after, replacing: before, isUnified: isUnified)
            .map { "\($0.file)=\($0.value)" }
    }

    @Test("Memory alone is never more than both together, in no moment of a change")
    func order() {
        for (old, new) in [
            (100, 300), (100, 199), (100, 200), (300, 100), (300, 150), (nil, 100), (100, nil),
            (1, 1_000_000),
        ] as [(Int64?, Int64?)] {
            var (memory, both) = (old ?? .max, old.map { $0 * 2 } ?? .max)
            for line in change({ $0.memory = old }, { $0.memory = new }, isUnified: false) {
                let parts = line.split(separator: "=")
                let value = parts[1] == "-1" ? Int64.max : Int64(parts[1]) ?? 0
                if parts[0].contains("memsw") { both = value } else { memory = value }
                #expect(memory <= both, "\(old as Any) to \(new as Any)")
            }
            #expect(memory == new ?? .max && both == new.map { $0 * 2 } ?? .max)
        }
    }

    @Test("Only what differs is written, and a limit that is gone is lifted")
    func lifted() throws {
        let all: (inout ResourceLimits) -> Void = { limits in
            limits.memory = 100
            limits.milliCPUs = 500
            limits.cpuShares = 5
            limits.cpuSet = "0"
            limits.processes = 7
            limits.memoryReservation = 50
        }
        for isUnified in [false, true] {
            #expect(change(all, all, isUnified: isUnified) == [])
            #expect(
                change(
                    all,
                    { limits in
                        all(&limits)
                        limits.processes = 8
                    }, isUnified: isUnified) == ["pids.max=8"])
        }
        #expect(
            change(all, { _ in }, isUnified: true) == [
                "memory.max=max", "memory.swap.max=max", "memory.low=0", "cpu.max=max 100000",
                "cpu.weight=100",
                "cpuset.cpus=\n", "pids.max=max",
            ])
        #expect(
            change(all, { _ in }, isUnified: false) == [
                "memory.memsw.limit_in_bytes=-1", "memory.limit_in_bytes=-1", "memory.soft_limit_in_bytes=-1",
                "cpu.cfs_period_us=100000", "cpu.cfs_quota_us=-1", "cpu.shares=1024", "cpuset.cpus=",
                "pids.max=max",
            ])
        let rate = [try DeviceRate(.readBytes, "/dev/x:8")]
        #expect(change({ $0.deviceRates = rate }, { _ in }, isUnified: true) == ["io.max=rbps=max"])
        #expect(
            change({ $0.deviceRates = rate }, { _ in }, isUnified: false)
                == ["blkio.throttle.read_bps_device=0"])
    }
}
