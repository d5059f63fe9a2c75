import SystemPackage
import Testing

@testable import Host
@testable import Runtime

@Suite("What a container uses")
struct ContainerStatisticsTests {
    private let fake: FakeCgroups
    private let table: FilePath

    init() throws {
        fake = try FakeCgroups()
        table = try fake.temporary.directory("proc")
        try fake.temporary.write("proc/meminfo", "MemTotal:        1000 kB\nMemFree: 5 kB\n")
        try fake.temporary.write("proc/stat", "cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1\ncpu1 1\nintr 5\n")
    }

    private func process(_ number: Int) throws {
        _ = try fake.temporary.directory("proc/\(number)")
        _ = try fake.temporary.directory("proc/\(number)/net")
        try fake.temporary.write(
            "proc/\(number)/stat", "\(number) (a ) b) S 1 1 1 0 0 0 0 0 0 0 10 20 30 40 0\n")
        try fake.temporary.write(
            "proc/\(number)/smaps_rollup", "00-ff ---p [rollup]\nRss:  9 kB\nPss:  3 kB\n")
        try fake.temporary.write(
            "proc/\(number)/net/dev",
            """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs
                lo: 99 1 0 0 0 0 0 0 99 1 0
              eth0:100 1 0 0 0 0 0 0 200 1 0
              eth1: 1 1 0 0 0 0 0 0 2 1 0

            """)
    }

    private func statistics(_ hierarchies: [CgroupHierarchy], process: Int32? = nil) -> ContainerStatistics {
        ContainerStatistics(
            of: .find(id: fake.id, hierarchies: hierarchies), process: process, table: table)
    }

    @Test("By the second version")
    func unified() throws {
        let unified = try fake.hierarchy("unified", unified: true, ["memory"])
        try fake.make(
            in: unified,
            [
                "memory.current": "5000\n", "memory.stat": "anon 1\ninactive_file 1000\n",
                "memory.max": "8000\n",
                "cpu.stat": "usage_usec 7\nuser_usec 1\n", "pids.current": "3\n",
                "io.stat": "8:0 rbytes=1 wbytes=2 rios=9\n8:16 rbytes=10 wbytes=20 dbytes=7\n",
            ])
        let statistics = statistics([unified])
        #expect(statistics.memory == 4000 && statistics.memoryLimit == 8000)
        #expect(statistics.cpu == 7000 && statistics.processes == 3)
        #expect(statistics.blockRead == 11 && statistics.blockWritten == 22)
        #expect(statistics.received == nil && statistics.sent == nil)
        #expect(statistics.cpus == 2 && statistics.hostCPU == 280_000_000)
        #expect(statistics.hostMemory == 1_024_000)
        #expect(statistics.memoryPercent == 50)
    }

    @Test("By the first version, in hierarchies of their own")
    func first() throws {
        let memory = try fake.hierarchy("memory", unified: false, ["memory"])
        let others = try fake.hierarchy("others", unified: false, ["cpuacct", "blkio", "pids"])
        try fake.make(
            in: memory,
            [
                "memory.usage_in_bytes": "5000\n",
                "memory.stat": "inactive_file 7\ntotal_inactive_file 2000\n",
                "memory.limit_in_bytes": "9223372036854771712\n",
            ])
        try fake.make(
            in: others,
            [
                "cpuacct.usage": "123\n", "pids.current": "4\n",
                "blkio.throttle.io_service_bytes_recursive":
                    "8:0 Read 5\n8:0 Write 6\n8:0 Total 11\nTotal 11\n",
            ])
        let statistics = statistics([memory, others])
        #expect(statistics.memory == 3000 && statistics.memoryLimit == nil)
        #expect(statistics.cpu == 123 && statistics.processes == 4)
        #expect(statistics.blockRead == 5 && statistics.blockWritten == 6)
    }

    @Test("Without a cgroup that counts, by its processes; what nobody counts is nil")
    func uncounted() throws {
        let pids = try fake.hierarchy("freezer", unified: false, ["freezer"])
        try fake.make(in: pids, ["cgroup.procs": "10\n11\n", "tasks": "10\n11\n12\n"])
        for number in [10, 11] { try process(number) }
        let statistics = statistics([pids], process: 10)
        #expect(statistics.memory == 6 * 1024 && statistics.memoryLimit == nil)
        #expect(statistics.cpu == 2_000_000_000 && statistics.processes == 3)
        #expect(statistics.blockRead == nil && statistics.blockWritten == nil)
        #expect(statistics.received == 101 && statistics.sent == 202)
    }

    @Test("CPU time is a part of the host's, of all CPUs")
    func percent() {
        var (first, second) = (ContainerStatistics(), ContainerStatistics())
        (first.cpu, first.hostCPU) = (100, 1000)
        (second.cpu, second.hostCPU, second.cpus) = (200, 1400, 2)
        #expect(second.cpuPercent(since: first) == 50)
        #expect(first.cpuPercent(since: second) == 0)
        second.cpu = nil
        #expect(second.cpuPercent(since: first) == nil)
    }
}
