import Testing

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
}
