internal import Core
internal import Glibc
internal import SystemPackage

/// Where containers for a user's commands are run: a store with the image in it.
struct CommandHost: Sendable {
    let program: FilePath
    let store: Store
    /// A directory for what is not in the store.
    let place: FilePath
    let image: String

    /// Runs a command of mydocker in the store.
    func call(_ words: [String]) throws -> Child { try Child([program.string] + words, store) }

    /// A container that waits until it is removed, or this process ends, however it does.
    ///
    /// - Returns: it, and how many seconds it took to make and to start it.
    func start(_ name: String, by driver: String) throws -> (CommandContainer, seconds: Double) {
        var container: CommandContainer?
        let time = try Stopwatch.time {
            let (begun, child) = try begin(name, by: driver)
            try child.expectSuccess()
            container = begun
        }
        guard let container else { throw NotMeasured(reason: "it was not started") }
        return (container, time)
    }

    /// Begins to make and start one.
    ///
    /// - Returns: it, and the command that is done when it runs.
    func begin(_ name: String, by driver: String) throws -> (CommandContainer, Child) {
        let gate = try gate(name)
        let child = try call([
            "run", "-d", "--name", name, "--storage", driver, "-v", "\(gate.path):\(Self.gateInside)",
            "--entrypoint", "sh", image, "-c", "read _ < \(Self.gateInside)",
        ])
        return (CommandContainer(host: self, name: name, gate: gate), child)
    }

    /// In /dev, which is no part of the tree that is compared.
    private static let gateInside = "/dev/mydocker-bench"

    /// Starts one that has ended once more.
    func restart(_ name: String) throws -> (CommandContainer, seconds: Double) {
        let gate = try gate(name)
        let time = try Stopwatch.time { try call(["start", name]).expectSuccess() }
        return (CommandContainer(host: self, name: name, gate: gate), time)
    }

    /// A named pipe that this process holds open for writing: who reads from it learns when this process is gone.
    final class Gate: Sendable {
        let path: FilePath
        private let open: Descriptor

        fileprivate init(_ path: FilePath) throws {
            self.path = path
            if !Files.exists(path), path.withPlatformString({ mkfifo($0, 0o600) }) != 0 {
                throw SystemCallError("mkfifo", path, errno: .current)
            }
            open = try Descriptor(path, O_RDWR)
        }
    }

    private func gate(_ name: String) throws -> Gate {
        try Gate(place.appending(FilePath("gate-\(name)").components))
    }
}

/// A running container in which commands are measured.
struct CommandContainer: Sendable {
    let host: CommandHost
    let name: String
    private let gate: CommandHost.Gate

    init(host: CommandHost, name: String, gate: CommandHost.Gate) {
        (self.host, self.name, self.gate) = (host, name, gate)
    }

    /// Runs a command in it that is not measured and has to succeed.
    func run(_ text: String, as what: String) throws {
        let (status, output) = try host.call(["exec", name, "sh", "-c", text]).finish()
        guard status == 0 else { throw CommandFailed(reason: Self.failure(what, status, output)) }
    }

    /// Runs one and measures it.
    func measure(_ text: String) throws -> (usage: CommandUsage, output: String) {
        let file = host.place.appending(FilePath("usage-\(name)").components)
        let (status, output) = try host.call([
            "exec", "--usage", file.string, name, "sh", "-c", text,
        ]).finish()
        guard status == 0 else { throw CommandFailed(reason: Self.failure("the command", status, output)) }
        guard let usage = CommandUsage(try Files.read(file)) else {
            throw NotMeasured(reason: "what it took is not known")
        }
        return (usage, output)
    }

    private static func failure(_ what: String, _ status: Int32, _ output: String) -> String {
        let last = output.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
        return "\(what) ended with status \(status)" + (last.map { ": \($0.prefix(200))" } ?? "")
    }

    /// The files of it.
    func withRoot<Value>(_ body: (borrowing ContainerRoot) throws -> Value) throws -> Value {
        let root = try ContainerRoot.find(name, in: host.store)
        return try body(root)
    }

    /// The number of its first process.
    func processID() throws -> String {
        try host.call(["inspect", "--format", "{{.State.Pid}}", name]).expectSuccess()
            .filter { !$0.isWhitespace }
    }

    /// Ends it; its files stay.
    func stop() throws {
        try host.call(["kill", name]).expectSuccess()
        try host.call(["wait", name]).expectSuccess()
    }

    /// Ends it and removes it.
    func remove() throws { try host.call(["rm", "-f", name]).expectSuccess() }
}
