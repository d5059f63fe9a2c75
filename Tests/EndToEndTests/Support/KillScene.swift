import Foundation
import Glibc
import Testing

/// A store that commands change while they are killed, and what has to hold of it.
final class KillScene {
    /// What users see of a store: images by name, and the names of containers.
    struct State: Equatable {
        var images: [String: String] = [:]
        var containers: Set<String> = []
    }

    /// One command, and what it may change.
    struct Operation {
        var words: [String]
        var images: Set<String> = []
        var containers: Set<String> = []
        /// True for one on the container that runs all the time.
        var needsRunning = false
        var kind: String { words[0] == "image" ? "image \(words[1])" : words[0] }
    }

    /// How a command is killed.
    enum Kill {
        /// After a part of the time that it takes.
        case after(part: Double)
        /// When it is about to make a system call for the n-th time.
        case at(call: String, number: Int, following: Bool)
    }

    let sandbox: Sandbox
    private let material: String
    private(set) var killed: [String: Int] = [:]
    private(set) var finished = 0
    private var durations: [String: Double] = [:]
    /// Every container that was ever seen.
    private var identifiers: Set<String> = []
    private var running: Program?
    private var lines = 0

    private static let images = (1...5).map { "image\($0)" }
    private static let containers = (1...4).map { "container\($0)" }
    private static let loaded = ["one", "two", "three"]
    private static let changes =
        "mkdir -p /d/e; echo $0 > /d/e/f; ln /d/e/f /d/g; rm /bin/vi; rm -r /etc; mkdir /etc; echo x > /etc/y"

    init() throws {
        sandbox = try Sandbox()
        material = "\(sandbox.directory)/material"
        try shell(
            """
            mkdir -p \(material)/tree/many \(material)/other/etc
            mkdir \(material)/tree/proc \(material)/tree/sys \(material)/tree/dev
            mkdir \(material)/other/proc \(material)/other/sys \(material)/other/dev
            cd \(material)/tree; for n in $(seq 700); do echo $n > many/$n; done; ln many/1 many/also
            mkdir many/deep; cd many/deep; for n in $(seq 40); do mkdir d; cd d; done; echo end > file
            cd \(material)/other; truncate -s 5M hole; echo x >> hole; seq 300000 > etc/numbers; ln -s numbers etc/link
            chmod 4755 etc/numbers; setfattr -n user.a -v b etc/numbers; mkfifo pipe
            # Times come from here: the same images each time.
            find \(material) -exec touch -h -d @1700000000.123456789 {} +
            tar -C \(material)/other -czf \(material)/other.tar.gz .
            """)
        for (number, name) in Self.loaded.enumerated() {
            let below = number == 0 ? "busybox" : Self.loaded[number - 1]
            try succeed([
                "run", "--keep", "--name", "maker", below, "sh", "-c", "\(Self.changes); rm -f /bin/ed", name,
            ])
            try succeed(["commit", "--timestamp", "1", "maker", name])
            try succeed(["rm", "maker"])
        }
        for (form, path) in [("docker-archive", "saved.tar"), ("oci-dir", "saved")] {
            try succeed(["save", "--format", form, "-o", "\(material)/\(path)"] + Self.loaded)
        }
    }

    private func shell(_ script: String) throws {
        let outcome = try Program(["sh", "-e", "-c", script]).finish()
        try #require(outcome.status == 0, outcome.everything)
    }

    private func succeed(_ words: [String], in store: String? = nil) throws {
        let outcome = try Program(
            [Tool.binary] + words, .init(environment: ["MYDOCKER_ROOT": store ?? sandbox.root])
        ).finish()
        try #require(outcome.status == 0, outcome.everything)
    }

    // MARK: What is done

    /// A command that makes sense in this state, more or less.
    func operation(in state: State, _ random: inout SeededRandom) -> Operation {
        let image = random.pick(Self.images) ?? ""
        let container = random.pick(Self.containers) ?? ""
        let known = random.pick(state.images.keys.sorted()) ?? "busybox"
        let driver = random.pick(Driver.usable.map(\.name)) ?? ""
        let shell = random.pick(["busybox"] + state.images.keys.filter(Self.loaded.contains).sorted()) ?? ""
        let note = "\(Int.random(in: 0..<3, using: &random))"
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<8: return Operation(words: ["image", "import", "\(material)/tree", image], images: [image])
        case 8..<16:
            return Operation(words: ["image", "import", "\(material)/other.tar.gz", image], images: [image])
        case 16..<28:
            let form = random.pick(["saved.tar", "saved"]) ?? ""
            return Operation(
                words: ["load", "-q", "-i", "\(material)/\(form)"], images: Set(Self.loaded))
        case 28..<46 where !state.containers.contains(container):
            return Operation(
                words: [
                    "run", "--storage", driver, "--keep", "--name", container, "--image", shell, "sh", "-c",
                    Self.changes, note,
                ], containers: [container])
        case 46..<54:
            return Operation(words: [
                "run", "--storage", driver, "--image", shell, "sh", "-c", Self.changes, note,
            ])
        case 54..<58:
            return Operation(words: ["run", "--storage", driver, "--read-only", "--image", known, "/none"])
        case 58..<68 where state.containers.contains(container):
            return Operation(words: ["commit", "--timestamp", "1", container, image], images: [image])
        case 68..<74:
            return Operation(
                words: ["commit", "--timestamp", "1", "running", image], images: [image], needsRunning: true)
        case 74..<82 where known != "busybox": return Operation(words: ["rmi", known], images: [known])
        case 82..<85: return Operation(words: ["image", "prune", "-f"])
        case 85..<88: return Operation(words: ["tag", known, image], images: [image])
        case 88..<91: return Operation(words: ["save", "-o", "\(material)/out", known])
        case 91..<94: return Operation(words: ["storage", "gc"])
        default:
            let kept = random.pick(state.containers.sorted()) ?? container
            return Operation(words: ["rm", kept], containers: [kept])
        }
    }

    static func kill(_ random: inout SeededRandom) -> Kill {
        if random.chance(50) { return .after(part: Double.random(in: 0..<1.1, using: &random)) }
        // Early calls of most kinds are made by every command, late ones by few.
        let number = 1 + Int(pow(60, Double.random(in: 0..<1, using: &random)))
        return .at(
            call: random.pick(Crash.calls) ?? "", number: number, following: random.chance(25))
    }

    /// Runs a command and kills it.
    ///
    /// - Returns: false if it had ended before.
    func perform(_ operation: Operation, _ kill: Kill) throws -> Bool {
        if operation.needsRunning { try beginContainer() }
        var prefix: [String] = []
        if case .at(let call, let number, let following) = kill {
            prefix = ["strace", "-qq", "-o", "/dev/null"] + (following ? ["-f"] : [])
            prefix += ["-e", "trace=\(call)", "-e", "inject=\(call):signal=KILL:when=\(number)"]
        }
        let begin = ContinuousClock.now
        let program = try Program(
            prefix + [Tool.binary] + operation.words, .init(environment: ["MYDOCKER_ROOT": sandbox.root]))
        if case .after(let part) = kill {
            usleep(UInt32(part * (durations[operation.kind] ?? 30_000)))
            program.signal(SIGKILL)
        }
        let outcome = program.finish()
        identifiers.formUnion(Machine.list("\(sandbox.root)/containers"))
        if outcome.status == -SIGKILL {
            killed[operation.kind, default: 0] += 1
            return true
        }
        finished += 1
        if prefix.isEmpty {
            let taken = (ContinuousClock.now - begin).components.attoseconds / 1_000_000_000_000
            durations[operation.kind] =
                (durations[operation.kind] ?? Double(taken)) * 0.7 + Double(taken) * 0.3
        }
        return false
    }

    /// A container that runs while others are killed.
    private func beginContainer() throws {
        guard running == nil else { return }
        let program = try sandbox.begin(
            "-i", "--name", "running", "sh", "-c", "echo x > /x; while read line; do echo $line; done")
        running = program
        try expectAnswer()
    }

    private func expectAnswer() throws {
        guard let running else { return }
        lines += 1
        running.send("\(lines)\n")
        #expect(try running.line() == "\(lines)")
    }

    func endContainer() throws {
        try expectAnswer()
        if let running { #expect(running.finish().status == 0) }
        running = nil
    }

    // MARK: What has to hold

    /// What a user sees, who does nothing about what was killed: the next command has to succeed.
    func state() throws -> State {
        let list = try sandbox.tool("images", "--format", "json", "--no-trunc")
        try #require(list.status == 0, list.everything)
        var state = State()
        for line in list.lines {
            let entry = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            if let name = entry?["Repository"] as? String, name != "<none>" {
                state.images[name] = entry?["ID"] as? String
            }
        }
        state.containers = Set(Machine.list("\(sandbox.root)/names")).subtracting(["running"])
        return state
    }

    /// Expects that after the next command nothing is left of what was killed.
    func expectNothingLeft() throws {
        try expectAnswer()
        let living = running == nil ? 0 : 1
        #expect(Machine.list("\(sandbox.root)/containers").count == living)
        #expect(Machine.list("\(sandbox.root)/images").filter { $0.hasPrefix(".") } == [])
        #expect(
            Machine.list("\(sandbox.root)/kept").count == Machine.list("\(sandbox.root)/names").count - living
        )
        // A process may be deleting a large tree there.
        try sandbox.waitForDeletions()
        #expect(Machine.list("\(sandbox.root)/tmp") == [])
        let dead = identifiers.subtracting(Machine.list("\(sandbox.root)/containers"))
        #expect(Machine.cgroups(of: dead.sorted()) == [])
        identifiers.subtract(dead)
    }

    /// Expects every byte to be right.
    func expectRightBytes() throws {
        try endContainer()
        // Everything that is there now, done in a store that nobody disturbs.
        let state = try state()
        let (saved, fresh) = ("\(sandbox.directory)/all", "\(sandbox.directory)/fresh")
        try shell("rm -rf \(saved) \(fresh)")
        try succeed(["save", "--format", "oci-dir", "-o", saved] + state.images.keys.sorted())
        try succeed(["load", "-q", "-i", saved], in: fresh)
        for driver in Driver.usable {
            for image in state.images.keys.sorted() {
                for store in [sandbox.root, fresh] {
                    let run = try Program(
                        [
                            Tool.binary, "run", "--storage", driver.name, "--read-only", "--image", image,
                            "/none",
                        ],
                        .init(environment: ["MYDOCKER_ROOT": store])
                    ).finish()
                    #expect(run.status == 127, run.everything)
                }
            }
        }
        let check = try Program([Tool.python, "-B", "\(Tool.scripts)/store_check.py", sandbox.root, fresh])
            .finish()
        #expect(check.status == 0, check.everything)
        #expect(Machine.mounts(below: sandbox.directory) == [])
    }
}
