import SystemPackage
import Testing

@testable import Runtime

@Suite("Profiles of system calls")
struct SeccompTests {
    private static let machine = SeccompProfile.Machine(
        architectures: ["amd64", "x86", "x32"], kernel: (6, 1))

    /// Whoever changes the text raises ``SeccompProfile/standardVersion``, and then this number.
    @Test("The standard text is the one of its version")
    func version() {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in SeccompProfile.standardText.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        #expect("\(SeccompProfile.standardVersion) \(hash)" == "1 92655150696854704")
    }

    @Test("The standard profile: what docker's allows, and nothing that it refuses")
    func standard() throws {
        let profile = try SeccompProfile(text: SeccompProfile.standardText)
        func calls(_ capabilities: CapabilitySet) -> Set<String> {
            Set(
                profile.rules.filter { $0.action == .allow && $0.needs.isMet(capabilities, Self.machine) }
                    .flatMap(\.calls))
        }
        let usual = calls(.standard)
        #expect(profile.defaultAction == .fail(errno: 1))
        for call in [
            "read", "openat2", "execve", "clone", "chroot", "ptrace", "landlock_add_rule", "arch_prctl",
            "mseal",
        ] {
            #expect(usual.contains(call), "\(call)")
        }
        for call in [
            "unshare", "setns", "mount", "umount2", "fsopen", "open_tree", "move_mount", "keyctl", "add_key",
            "request_key", "bpf", "perf_event_open", "io_uring_setup", "userfaultfd", "clone3", "kexec_load",
            "init_module", "reboot", "swapon", "acct", "iopl", "kcmp", "pidfd_getfd", "open_by_handle_at",
            "move_pages", "mbind", "syslog", "vhangup", "sysfs", "fanotify_init", "settimeofday", "quotactl",
        ] {
            #expect(!usual.contains(call), "\(call)")
        }
        let root = calls(.all)
        #expect(root.isSuperset(of: ["mount", "unshare", "bpf", "clone3", "reboot", "syslog"]))
        #expect(!root.contains("keyctl") && !root.contains("io_uring_setup"))
        #expect(usual.count == 361 + 3 + 2 + 3 + 1)
    }

    @Test(
        "It compiles for what a container may have",
        arguments: [CapabilitySet.standard, .all, CapabilitySet(bits: 0)])
    func compiled(capabilities: CapabilitySet) throws {
        var profile = try SeccompProfile(text: SeccompProfile.standardText)
        profile.otherArchitectures = ["x86", "x32"]
        let filter = try SeccompCompiler(profile: profile, capabilities: capabilities, machine: Self.machine)
            .filter()
        // BPF_MAXINSNS is 4096.
        #expect(filter.count % 8 == 0 && filter.count > 800 && filter.count < 4096 * 8)
    }

    @Test(
        "Lines that mean nothing are told",
        arguments: [
            "permit: read", "allow read", "fail EWHY: read", "    read", "allow where 7 == 1: read",
            "allow where 0 & 1: x", "allow when CAP_KILL: x", "allow from kernel x: y",
            "allow where 0 == z: x",
        ])
    func unreadable(line: String) {
        #expect(throws: SeccompProfile.Unreadable.self) { try SeccompProfile(text: line) }
    }

    @Test("docker's form")
    func json() throws {
        let text = """
            {"defaultAction": "SCMP_ACT_ALLOW", "archMap": [{"architecture": "SCMP_ARCH_X86_64",
             "subArchitectures": ["SCMP_ARCH_X86"]}, {"architecture": "SCMP_ARCH_S390X", "subArchitectures": ["SCMP_ARCH_S390"]}],
             "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
              {"name": "socket", "action": "SCMP_ACT_KILL", "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_EQ"}],
               "excludes": {"caps": ["CAP_NET_ADMIN"]}, "includes": {"minKernel": "4.8"}},
              {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 7, "valueTwo": 1, "op": "SCMP_CMP_MASKED_EQ"}]}]}
            """
        let profile = try SeccompProfile(json: Array(text.utf8), native: "x86_64")
        var expected = SeccompProfile(defaultAction: .allow)
        expected.otherArchitectures = ["x86"]
        var needs = SeccompProfile.Need()
        needs.noCapabilities = ["CAP_NET_ADMIN"]
        needs.kernel = (4, 8)
        expected.rules = [
            .init(calls: ["mkdir", "mkdirat"], action: .fail(errno: 38)),
            .init(
                calls: ["socket"], action: .killThread,
                conditions: [.init(argument: 0, comparison: .equal, value: 40)], needs: needs),
            .init(
                calls: ["clone"], action: .allow,
                conditions: [.init(argument: 0, comparison: .masked, value: 1, mask: 7)]),
        ]
        #expect(profile == expected)
        for bad in ["", "[]", #"{"defaultAction": "SCMP_ACT_NOTIFY"}"#, #"{"defaultAction": 3}"#] {
            #expect(throws: SeccompProfile.Unusable.self) {
                try SeccompProfile(json: Array(bad.utf8), native: "x86_64")
            }
        }
    }
}

@Suite("Capabilities and devices by name")
struct IsolationNameTests {
    @Test("Names")
    func names() {
        #expect(CapabilitySet(name: "cap_net_admin")?.bits == 1 << 12)
        #expect(CapabilitySet(name: "NET_RAW")?.names == ["CAP_NET_RAW"] && CapabilitySet(name: "NET") == nil)
        #expect(
            CapabilitySet.standard.names.count == 14
                && CapabilitySet.all.names.last == "CAP_CHECKPOINT_RESTORE")
    }

    @Test("Adding and dropping by docker's rules")
    func sets() throws {
        func names(_ added: [String], _ dropped: [String]) throws -> [String] {
            try CapabilitySet(adding: added, dropping: dropped).names
        }
        #expect(try names([], ["ALL"]).isEmpty)
        #expect(try names([], ["MKNOD", "cap_chown"]).count == 12)
        #expect(throws: RunError.self) { try names(["NOTHING"], []) }
        #expect(throws: RunError.self) { try names([], ["ALL", "CAP_"]) }
    }

    @Test("Device rules as cgroup v1 reads them, and as a program")
    func rules() {
        let device = DeviceNode(
            path: "/dev/x", isBlock: true, major: 8, minor: 0, mode: 0o660, owner: 0, group: 6, access: "r")
        let rules = DeviceRule.rules(for: [device])
        #expect(
            rules.map(\.text).prefix(3) == ["c *:* m", "b *:* m", "c 1:3 rwm"]
                && rules.last?.text == "b 8:0 r")
        let program = DeviceProgram([DeviceRule(kind: "b", major: 8, minor: 0, access: "r")]).instructions
        // Six to read the request, six for the rule, two to allow, two to refuse.
        #expect(program.count == 16 && program.last == 0x95 && program[14] == 0xB7)
        // Every "not equal" leads to the refusal.
        for (index, instruction) in program.enumerated() where instruction & 0xFF == 0x55 {
            #expect(index + 1 + Int(instruction >> 16 & 0xFFFF) == 14)
        }
    }
}
