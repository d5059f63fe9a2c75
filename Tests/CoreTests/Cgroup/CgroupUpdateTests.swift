import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Runtime

@Suite("Cgroups that are made")
struct CgroupMakingTests {
    @Test("A parent of one's own, however deep, passes on what its children need")
    func parent() throws {
        let fake = try FakeCgroups()
        let unified = try fake.hierarchy("unified", unified: true, ["memory", "io"])
        let files = ["memory.max": "", "memory.swap.max": "", "io.weight": "", "memory.low": ""]
        try fake.make(in: unified, below: "a/b", files)
        try Files.create(unified.mountPoint.appending("a/cgroup.subtree_control"))
        var limits = ResourceLimits()
        limits.memory = 1 << 30
        limits.blockIOWeight = 10
        let parent = try CgroupParent("/a/b")
        let cgroup = try ContainerCgroup.create(
            id: fake.id, below: parent, limits: limits, devices: nil, isNested: false, hierarchies: [unified])
        #expect(cgroup.directories == [unified.mountPoint.appending("a/b/\(fake.id)")])
        #expect(try fake.text("memory.max", in: unified, below: "a/b") == "1073741824")
        // There is no BFQ there.
        #expect(try fake.text("io.weight", in: unified, below: "a/b") == "1")
        for place in ["", "a", "a/b"] {
            let control = unified.mountPoint.appending("\(place)/cgroup.subtree_control")
            #expect(try Files.read(control) == "+memory")
        }
        #expect(ContainerCgroup.find(id: fake.id, hierarchies: [unified]).directories == [])
        #expect(
            ContainerCgroup.find(id: fake.id, below: parent, hierarchies: [unified]).directories
                == cgroup.directories)
    }

    @Test("What only the first version has is refused by the second, with the option's name")
    func unsupported() throws {
        let fake = try FakeCgroups()
        let unified = try fake.hierarchy("unified", unified: true, ["memory"])
        for change: (inout ResourceLimits) -> Void in [
            { $0.memorySwappiness = 5 }, { $0.oomKillDisable = true },
        ] {
            var limits = ResourceLimits()
            change(&limits)
            #expect {
                try ContainerCgroup.create(id: fake.id, limits: limits, hierarchies: [unified])
            } throws: { error in
                guard case .unsupported = error as? CgroupError else { return false }
                return true
            }
        }
        #expect(!Files.exists(unified.mountPoint.appending("mydocker")))
    }

    @Test("A setting that was asked for and is not there is an error; the usual one for swap is not")
    func lacking() throws {
        let fake = try FakeCgroups()
        let first = try fake.hierarchy("memory", unified: false, ["memory"])
        try fake.make(in: first, ["memory.limit_in_bytes": ""])
        var limits = ResourceLimits()
        limits.memory = 1 << 30
        _ = try ContainerCgroup.create(id: fake.id, limits: limits, hierarchies: [first])
        limits.memorySwap = 1 << 30
        #expect(
            throws: CgroupError.unsupported(
                option: "--memory-swap", reason: "this kernel does not count swap (swapaccount=1)")
        ) {
            try ContainerCgroup.create(id: fake.id, limits: limits, hierarchies: [first])
        }
    }
}

@Suite("Limits that are changed")
struct CgroupUpdateTests {
    @Test("Only what differs is written, and the cgroup is asked to have the controller")
    func written() throws {
        let fake = try FakeCgroups()
        let unified = try fake.hierarchy("unified", unified: true, ["memory", "pids", "cpu"])
        try fake.make(
            in: unified, ["memory.max": "old", "pids.max": "", "cpu.max": "", "memory.swap.max": ""])
        var (old, new) = (ResourceLimits(), ResourceLimits())
        old.memory = 1 << 30
        (new.memory, new.processes, new.milliCPUs) = (1 << 30, 9, 500)
        let cgroup = ContainerCgroup.find(id: fake.id, hierarchies: [unified])
        #expect(try !cgroup.needsMore(for: new, replacing: old, hierarchies: [unified]))
        #expect(try cgroup.update(from: old, to: new, hierarchies: [unified]) == cgroup)
        #expect(try fake.text("memory.max", in: unified) == "old")
        #expect(try fake.text("pids.max", in: unified) == "9")
        #expect(try fake.text("cpu.max", in: unified) == "50000 100000")
        #expect(try Files.read(unified.mountPoint.appending("cgroup.subtree_control")) == "+pids")
    }

    @Test("If one cannot be set, those before it are put back")
    func undone() throws {
        let fake = try FakeCgroups()
        let pids = try fake.hierarchy("pids", unified: false, ["pids"])
        let memory = try fake.hierarchy("memory", unified: false, ["memory"])
        try fake.make(in: memory, ["memory.limit_in_bytes": ""])
        // Without its file.
        try fake.make(in: pids, [:])
        var (old, new) = (ResourceLimits(), ResourceLimits())
        old.memory = 1 << 30
        (new.memory, new.processes) = (2 << 30, 9)
        let cgroup = ContainerCgroup.find(id: fake.id, hierarchies: [memory, pids])
        #expect(throws: CgroupError.self) {
            try cgroup.update(from: old, to: new, hierarchies: [memory, pids])
        }
        #expect(try fake.text("memory.limit_in_bytes", in: memory) == "1073741824")
    }

    @Test("The second version would kill for less memory than is used: that is refused")
    func used() throws {
        let fake = try FakeCgroups()
        let unified = try fake.hierarchy("unified", unified: true, ["memory"])
        let used = 1 << 40
        try fake.make(
            in: unified,
            [
                "memory.max": "max", "memory.swap.max": "", "memory.current": "\(used)\n",
                "memory.stat": "active_file 9\n",
            ])
        var new = ResourceLimits()
        new.memory = 1 << 30
        let cgroup = ContainerCgroup.find(id: fake.id, hierarchies: [unified])
        let swap = KeyedNumbers(at: "/proc/meminfo")["SwapFree:"] ?? 0
        if swap == 0 {
            #expect(throws: CgroupError.self) {
                try cgroup.update(from: ResourceLimits(), to: new, hierarchies: [unified])
            }
            #expect(try fake.text("memory.max", in: unified) == "max")
        }
        new.memory = 2 << 40
        _ = try cgroup.update(from: ResourceLimits(), to: new, hierarchies: [unified])
        #expect(try fake.text("memory.max", in: unified) == "\(2 << 40)")
    }
}

@Suite("Limits that are changed of what runs", isRoot)
final class LivingCgroupTests {
    private let hierarchies: [CgroupHierarchy]
    private let parent: CgroupParent
    private let id = "0123456789ab"
    private var child: ChildProgram?
    private var all: ContainerCgroup?

    init() throws {
        hierarchies = try CgroupHierarchy.all()
        parent = try CgroupParent("/mydocker-test-\(getpid())-\(UInt32.random(in: 0 ... .max))")
    }

    deinit {
        try? ContainerCgroup.find(id: id, below: parent, hierarchies: hierarchies).remove()
        child?.kill()
        child?.wait()
        for hierarchy in hierarchies {
            try? Files.removeDirectory(hierarchy.mountPoint.appending(parent.path.components))
        }
    }

    /// A shell and its child, in a cgroup without limits.
    private func start(isNested: Bool = false) throws -> ContainerCgroup {
        let cgroup = try ContainerCgroup.create(
            id: id, below: parent, limits: ResourceLimits(), devices: nil, isNested: isNested,
            hierarchies: hierarchies)
        let shell = try Descriptor("/bin/sh", O_RDONLY)
        let null = try Descriptor("/dev/null", O_RDWR)
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        let output = Descriptor(owning: ends[0])
        let input = Descriptor(owning: ends[1])
        let child = try ChildProgram.start(
            shell, called: "/bin/sh", ["-c", "sleep 1000 & echo; wait"],
            streams: [null.rawValue, input.rawValue, null.rawValue], diesWithCaller: false)
        self.child = child
        for directory in cgroup.directories {
            let place = isNested ? directory.appending("inner") : directory
            try Files.set(place.appending("cgroup.procs"), "\(child.process)")
        }
        var byte: UInt8 = 0
        _ = read(output.rawValue, &byte, 1)
        for process in Files.children(of: child.process) {
            for directory in cgroup.directories {
                let place = isNested ? directory.appending("inner") : directory
                try Files.set(place.appending("cgroup.procs"), "\(process)")
            }
        }
        #expect(cgroup.processes().count == 2)
        return .find(id: id, below: parent, hierarchies: hierarchies)
    }

    private func need(_ controllers: CgroupController...) throws {
        for controller in controllers where !hierarchies.contains(where: { $0.has(controller) }) {
            try Test.cancel("this host has no cgroup controller \"\(controller)\"")
        }
    }

    private func text(_ names: String..., of cgroup: ContainerCgroup) -> String? {
        for directory in cgroup.directories {
            for name in names {
                if let text = try? Files.read(directory.appending(name)) { return text }
            }
        }
        return nil
    }

    @Test("Processes are moved into cgroups that the limits need, and everything goes at the end")
    func moved() throws {
        try need(.pids, .memory)
        var limits = ResourceLimits()
        (limits.memory, limits.processes) = (64 << 20, 40)
        let before = try start()
        let after = try before.update(from: ResourceLimits(), to: limits, hierarchies: hierarchies)
        #expect(text("pids.max", of: after) == "40\n")
        #expect(text("memory.max", "memory.limit_in_bytes", of: after) == "67108864\n")
        for directory in after.directories {
            #expect(ContainerCgroup.members(of: directory, in: "cgroup.procs").count == 2)
        }
        var fewer = limits
        fewer.memory = nil
        fewer.processes = 50
        let again = try after.update(from: limits, to: fewer, hierarchies: hierarchies)
        #expect(again == after)
        #expect(text("pids.max", of: after) == "50\n")
        #expect(text("memory.max", "memory.limit_in_bytes", of: after) != "67108864\n")
        try after.remove()
        #expect(after.directories.allSatisfy { !Files.exists($0) })
    }

    @Test("If the kernel refuses one of them, the processes are where they were")
    func refused() throws {
        try need(.pids, .cpuset)
        var limits = ResourceLimits()
        (limits.cpuSet, limits.processes) = ("4095", 40)
        let before = try start()
        #expect(throws: CgroupError.self) {
            try before.update(from: ResourceLimits(), to: limits, hierarchies: hierarchies)
        }
        let after = ContainerCgroup.find(id: id, below: parent, hierarchies: hierarchies)
        #expect(after.directories == before.directories && after.processes().count == 2)
        #expect(text("pids.max", of: after).map { $0 == "max\n" } ?? true)
    }

    @Test("A set of CPUs is changed with the one below it, and back")
    func nested() throws {
        try need(.cpuset)
        if sysconf(Int32(_SC_NPROCESSORS_ONLN)) < 2 { try Test.cancel("this machine has one CPU") }
        let cgroup = try start(isNested: true)
        var limits = ResourceLimits()
        var old = limits
        for list in ["0", "1", nil, "0-1"] {
            limits.cpuSet = list
            _ = try cgroup.update(from: old, to: limits, hierarchies: hierarchies)
            old = limits
            if let list { #expect(text("cpuset.cpus", of: cgroup) == "\(list)\n") }
            let status = try Files.read(FilePath("/proc/\(cgroup.processes()[0])/status"))
            if let list { #expect(status.contains("Cpus_allowed_list:\t\(list)\n")) }
        }
    }

    @Test("Who stands still does so until somebody lets it go on, is told, and can be killed")
    func frozen() throws {
        _ = try start()
        let freezer = try #require(
            ContainerFreezer(id: id, below: parent, hierarchies: hierarchies))
        #expect(!freezer.isFrozen)
        try freezer.freeze()
        #expect(freezer.isFrozen)
        try freezer.thaw()
        #expect(!freezer.isFrozen)
        try freezer.freeze()
        try ContainerCgroup.find(id: id, below: parent, hierarchies: hierarchies).remove()
        #expect(child?.wait() == 128 + SIGKILL)
        child = nil
    }

    @Test("What a container uses is read without a limit, and with one")
    func statistics() throws {
        try need(.memory, .pids)
        let cgroup = try start()
        let first = ContainerStatistics(of: cgroup, process: child?.process)
        #expect(first.processes == 2 && first.memory ?? 0 > 0 && first.memoryLimit == nil)
        #expect(first.cpu != nil && first.hostCPU > 0 && first.cpus > 0 && first.received != nil)
        #expect((0...Double(first.cpus) * 100).contains(try #require(first.cpuPercent(since: first))))
        var limits = ResourceLimits()
        (limits.memory, limits.processes) = (64 << 20, 40)
        let more = try cgroup.update(from: ResourceLimits(), to: limits, hierarchies: hierarchies)
        let second = ContainerStatistics(of: more, process: child?.process)
        #expect(second.processes == 2 && second.memoryLimit == 64 << 20)
    }
}

extension Files {
    fileprivate static func children(of process: Int32) -> [Int32] {
        let text = (try? read(FilePath("/proc/\(process)/task/\(process)/children"))) ?? ""
        return text.split(separator: " ").compactMap { Int32($0) }
    }
}
