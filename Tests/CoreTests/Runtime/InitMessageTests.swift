import SystemPackage
import Testing

@testable import Host
@testable import Mount
@testable import Runtime

@Suite("The message to init")
struct InitMessageTests {
    /// A message with every kind of everything in it.
    private let full: InitMessage = {
        var message = InitMessage(root: root, process: process, reaper: true)
        message.imagesFollow = true
        return message
    }()

    private static var process: ProcessSpec {
        var process = ProcessSpec(
            arguments: [Array("sh".utf8), [], [0xFF, 0x0A, 0xC3], Array("a  b".utf8)])
        process.environment = [Array("A=ü".utf8), [0x42, 0x3D, 0xFE]]
        process.workingDirectory = "/w"
        process.user = "web:http"
        process.groups = ["audio", "7"]
        process.terminal = true
        process.privileges.capabilities = CapabilitySet(bits: 1 << 63 | 5)
        process.privileges.filter = [1, 2, 3, 255]
        process.privileges.noNewPrivileges = true
        process.limits = [ProcessLimit(name: "nofile", soft: 1, hard: .max)]
        process.oomScoreAdjustment = -500
        return process
    }

    private static var root: RootSpec {
        var root = RootSpec(plan: plan, mountPoint: "/root", hostname: "host")
        root.readOnly = true
        root.domainName = "domain"
        root.files = [ContainerFile(path: "/etc/hosts", content: "127.0.0.1 localhost\n")]
        var mount = ContainerMount(.host("/a", inside: "b"), at: "/c")
        mount.readOnly = .throughout
        mount.denied = [.programs, .devices]
        mount.propagation = .isSlave
        mount.propagatesBelow = false
        mount.isRecursive = false
        root.mounts = [mount, ContainerMount(.memory(options: "size=1k"), at: "/t")]
        root.controlsDevices = true
        root.restrictsKernelFileSystems = false
        root.writableSystem = true
        root.sharedMemory = 1 << 40
        root.kernelSettings = [KernelSetting(name: "net.ipv4.ip_forward", value: "1")]
        root.devices = [
            DeviceNode(
                path: "/dev/x", isBlock: true, major: 8, minor: 1, mode: 0o660, owner: 3, group: 6,
                access: "rw")
        ]
        return root
    }

    private static let plan = MountPlan([
        .mount(
            FileSystemMount(
                type: "type", source: "source", target: "/t", readOnly: true,
                options: [
                    .flag("flag"), .optional("if known"), .string("key", "value"),
                    .directory("upper", "/u:,\\"),
                    .file("table", in: "/x", name: "file"),
                    .layers(
                        LayerList(
                            [.init("/a", suffix: "=ro"), .init("/b")], perLayerKey: "lower+",
                            prefix: "l=",
                            separator: ":")),
                    .layers(LayerList([], prefix: "")),
                ])),
        .reconfigure(target: "/t", type: "type", options: [.flag("x")]),
        .bind(source: "/s", target: "/t", readOnly: false),
        .detach(target: "/d"),
        .verifyLayers(
            LayerCheck(
                target: "/t", expected: 3,
                sources: [
                    .option(key: "k", separator: ":"), .option(key: "k", separator: nil),
                    .directory(prefix: "/sys/si_", option: "si", entryPrefix: "br"),
                ])),
    ])

    @Test("Encoded and decoded, it is the same")
    func roundTrip() throws {
        #expect(try InitMessage(encoded: full.encoded) == full)
        var small = full
        small.process.arguments = [[]]
        small.process.environment = []
        small.root.plan = MountPlan([])
        small.root.hostname = ""
        #expect(try InitMessage(encoded: small.encoded) == small)
    }

    @Test("Cut off anywhere, or with a byte too many, it is refused")
    func truncated() {
        let bytes = full.encoded
        for length in 0..<bytes.count {
            #expect(throws: WireReader.Malformed.self) {
                try InitMessage(encoded: Array(bytes.prefix(length)))
            }
        }
        #expect(throws: WireReader.Malformed.self) { try InitMessage(encoded: bytes + [0]) }
    }

    @Test(
        "Changed anywhere, it is refused or means something; it never crashes",
        arguments: [1, 2, 3, 4] as [UInt64])
    func mutated(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        let original = full.encoded
        var accepted = 0
        for _ in 0..<3000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = .random(in: 0...255, using: &random)
                case 1: bytes[index] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
                case 2: bytes.removeSubrange(index..<min(bytes.count, index + 8))
                default: bytes.insert(contentsOf: bytes[index..<min(bytes.count, index + 8)], at: index)
                }
                if bytes.isEmpty { break }
            }
            // What is accepted is a message again: it can be sent on and read.
            guard let message = try? InitMessage(encoded: bytes) else { continue }
            accepted += 1
            let again = try? InitMessage(encoded: message.encoded)
            #expect(again == message)
        }
        #expect(accepted < 3000)
    }

    @Test("Pure noise never crashes")
    func noise() {
        var random = SeededGenerator(state: 99)
        for length in 0..<2000 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(throws: WireReader.Malformed.self) { try InitMessage(encoded: bytes) }
            #expect(throws: WireReader.Malformed.self) { try InitFailure(encoded: bytes.map { $0 & 7 }) }
        }
    }

    @Test("A failure comes back as it was sent")
    func failure() throws {
        for failure in [
            InitFailure("mount", "/ü", errno: .noSpace, detail: "why", remedy: "how"),
            InitFailure("", "", errno: .permissionDenied, kind: .commandNotExecutable),
        ] {
            #expect(try InitFailure(encoded: failure.encoded) == failure)
        }
    }
}

/// The same random numbers in each run (splitmix64), so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
