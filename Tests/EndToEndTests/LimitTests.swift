import Testing

@Suite("run: limits")
struct LimitTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    /// The container's control files, whichever hierarchy they are in.
    private func setting(_ id: String, _ files: String...) -> String? {
        for cgroup in Machine.cgroups(of: [id]) {
            for file in files {
                if let text = Machine.text("\(cgroup)/\(file)") { return text }
            }
        }
        return nil
    }

    @Test("Too much memory: killed, 137, and a word about it", .controller("memory"))
    func outOfMemory() throws {
        let outcome = try sandbox.run("-m", "64m", "sh", "-c", "tail /dev/zero")
        #expect(outcome.status == 137, outcome.everything)
        #expect(
            outcome.errors.contains("out of memory") && outcome.errors.contains("64 MiB"), outcome.everything)
        sandbox.expectClean()
    }

    @Test("--pids-limit stops a fork bomb", .controller("pids"))
    func processes() throws {
        let outcome = try sandbox.run(
            "--pids-limit", "8", "sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 100 & done; echo never")
        #expect(outcome.status != 0 && outcome.errors.contains("can't fork"), outcome.everything)
        sandbox.expectClean()
    }

    @Test("--memory and --pids-limit are in the cgroup's files", .controller("memory"), .controller("pids"))
    func memoryFiles() throws {
        let container = try sandbox.begin(
            "-i", "--mem", "100m", "--pids-limit", "33", "sh", "-c", "hostname; read line")
        let id = try container.line()
        #expect(setting(id, "memory.max", "memory.limit_in_bytes") == "104857600")
        #expect(setting(id, "pids.max") == "33")
        #expect(container.finish().status != 125)
        #expect(Machine.cgroups(of: [id]) == [])
        sandbox.expectClean()
    }

    @Test("--cpus and --cpu-shares are in the cgroup's files", .controller("cpu"))
    func cpuFiles() throws {
        let container = try sandbox.begin(
            "-i", "--cpus", "0.5", "--cpushare", "512", "sh", "-c", "hostname; read line")
        let id = try container.line()
        #expect(["50000 100000", "50000"].contains(setting(id, "cpu.max", "cpu.cfs_quota_us")))
        #expect(["20", "512"].contains(setting(id, "cpu.weight", "cpu.shares")))
        #expect(container.finish().status != 125)
        #expect(Machine.cgroups(of: [id]) == [])
    }

    @Test("--cpuset-cpus is in the cgroup's files and seen inside", .controller("cpuset"))
    func cpuSet() throws {
        let container = try sandbox.begin(
            "-i", "--cpuset", "0", "sh", "-c", "hostname; grep Cpus_allowed_list /proc/self/status; read line"
        )
        let id = try container.line()
        #expect(try container.line() == "Cpus_allowed_list:\t0")
        #expect(setting(id, "cpuset.cpus") == "0")
        #expect(container.finish().status != 125)
        #expect(Machine.cgroups(of: [id]) == [])
    }

    @Test("A CPU that the host lacks is refused, and nothing stays", .controller("cpuset"))
    func impossible() throws {
        let outcome = try sandbox.run("--cpuset-cpus", "4095", "true")
        #expect(outcome.status == 125 && outcome.errors.contains("--cpuset-cpus 4095"), outcome.everything)
        sandbox.expectClean()
    }

    @Test(
        "A controller that the host lacks is an error when it is asked for",
        arguments: [
            ["--memory", "64m"], ["--cpus", "0.5"], ["--cpuset-cpus", "0"], ["--pids-limit", "10"],
        ])
    func lackingController(option: [String]) throws {
        let controller = String(option[0].dropFirst(2).prefix { $0 != "-" })
        let outcome = try sandbox.start(["run"] + option + ["true"]).finish()
        if Controller.all.contains(controller == "cpus" ? "cpu" : controller) {
            #expect(outcome.status == 0, outcome.everything)
        } else {
            #expect(
                outcome.status == 125 && outcome.errors.contains("no cgroup controller"), outcome.everything)
        }
        sandbox.expectClean()
    }

    @Test("What docker calls no limit is none, and needs no controller")
    func noLimit() throws {
        for words in [
            ["--memory", "0"], ["-m0"], ["--cpus=0"], ["--cpu-shares", "0"], ["--pids-limit", "0"],
            ["--pids-limit", "-1"], ["--pids-limit=-1"],
        ] {
            let plan = try sandbox.start(["run", "--dry-run"] + words + ["true"]).finish()
            #expect(plan.status == 0 && plan.text.contains("\"limits\" : {\n\n  }"), plan.everything)
        }
        #expect(try sandbox.run("--pids-limit", "-1", "-m0", "echo", "x").text == "x\n")
    }

    @Test(
        "Limits that make no sense: 125, and the text that was given",
        arguments: [
            "-m": ["-1", "1x", "99999999999g", "", "m", "1.2.3m", "1e3m", "5m", " 64m", "nan", "inf"],
            "--cpus": ["-1", "x", "1000000", "nan", "inf", "0.001", ""],
            "--cpu-shares": ["1", "262145", "-5", "1.5", "x", ""],
            "--cpuset-cpus": ["x", "1-", "-1", "3-1", "0,,1", "", "0-1-2", "99999999"],
            "--pids-limit": ["-2", "x", "1.5", "99999999999999999999", ""],
        ].flatMap { option, values in values.map { (option, $0) } })
    func nonsense(option: String, value: String) throws {
        let outcome = try sandbox.run(option, value, "true")
        #expect(outcome.status == 125 && outcome.errors.contains("\"\(value)\""), outcome.everything)
        sandbox.expectClean()
    }
}

/// The control group controllers of this machine.
enum Controller {
    static let all: Set<String> = {
        var found: Set<String> = []
        for line in (Machine.text("/proc/self/mountinfo") ?? "").split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard let dash = words.firstIndex(of: "-"), words.count > dash + 3 else { continue }
            if words[dash + 1] == "cgroup" {
                found.formUnion(words[dash + 3].split(separator: ",").map(String.init))
            }
            if words[dash + 1] == "cgroup2" {
                let text = Machine.text("\(words[4])/cgroup.controllers") ?? ""
                found.formUnion(text.split(separator: " ").map(String.init))
            }
        }
        return found
    }()
}

extension Trait where Self == ConditionTrait {
    /// Skips the test where the host has no such cgroup controller.
    static func controller(_ name: String) -> Self {
        .enabled(if: Controller.all.contains(name), "this host has no cgroup controller \"\(name)\"")
    }
}
