import Glibc
import Testing

/// A store of its own for one test, gone with this value.
final class Sandbox {
    /// A new directory that nobody else uses.
    let directory: String
    /// The store in it.
    let root: String
    /// Whether a container may have run in the background.
    private var hasBackground = false

    /// - Parameters:
    ///   - withImage: true to import the default image.
    ///   - name: the store's directory.
    ///   - ground: the file system that it is on.
    init(withImage: Bool = true, name: String = "store", on ground: Ground = .memory) throws {
        var template = Array(ground.template.utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = template.withUnsafeBufferPointer {
            String(decoding: $0.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        root = "\(directory)/\(name)"
        if withImage { try importImage("busybox") }
    }

    deinit {
        // A container in the background would outlive its own store.
        if !Machine.list("\(root)/containers").isEmpty {
            let all = "ids=$(\"$0\" ps -aq); [ -z \"$ids\" ] || \"$0\" rm -f $ids"
            _ = try? Program(["sh", "-c", all, Tool.binary], .init(environment: ["MYDOCKER_ROOT": root]))
                .finish()
        }
        // Never a mount: what a test leaves there must be seen to fail, not deleted through.
        _ = try? Program(["rm", "-rf", "--one-file-system", directory]).finish()
    }

    func importImage(_ name: String) throws {
        let made = try tool("image", "import", "--unpack", "none", Tool.archive.get(), name)
        try #require(made.status == 0, made.everything)
    }

    /// Runs the program with this store; the two words of the command come first.
    func tool(_ words: String...) throws -> Outcome {
        try start(words).finish()
    }

    /// `mydocker` with these words, which has to succeed: the lines of its output.
    @discardableResult
    func ok(_ words: String..., sourceLocation: SourceLocation = #_sourceLocation) throws -> [String] {
        let outcome = try start(words).finish()
        try #require(
            outcome.status == 0, "\(words): \(outcome.everything)", sourceLocation: sourceLocation)
        return outcome.lines
    }

    /// `mydocker run` with these words, to its end.
    func run(_ words: String..., setup: Program.Setup = .init()) throws -> Outcome {
        try start(["run"] + words, setup).finish()
    }

    /// `mydocker run` with these words, begun.
    func begin(_ words: String..., setup: Program.Setup = .init(input: .pipe)) throws -> Program {
        try start(["run"] + words, setup)
    }

    /// Runs the program with this store.
    func start(_ words: [String], _ setup: Program.Setup = .init()) throws -> Program {
        if words.contains(where: ["-d", "--detach", "start", "restart"].contains) { hasBackground = true }
        var setup = setup
        setup.environment.merge(["MYDOCKER_ROOT": root]) { given, _ in given }
        return try Program([Tool.binary] + words, setup)
    }

    /// Expects that nothing of any container is left: no directory, name or mount, and no mydocker.
    ///
    /// - Parameter names: the names of containers that were kept.
    func expectClean(except names: [String] = [], sourceLocation: SourceLocation = #_sourceLocation) {
        for name in ["containers", "names", "tmp"] {
            let left = Machine.list("\(root)/\(name)").filter { name != "names" || !names.contains($0) }
            #expect(left == [], "\(name)/ is not empty", sourceLocation: sourceLocation)
        }
        #expect(Machine.mounts(below: directory) == [], sourceLocation: sourceLocation)
        // A monitor tells whoever waits for its container, and ends after that.
        let deadline = ContinuousClock.now + .seconds(hasBackground ? 60 : 0)
        var processes: [String]
        repeat {
            processes = Machine.processes(mentioning: directory)
        } while !processes.isEmpty
            && ContinuousClock.now < deadline
        #expect(processes == [], sourceLocation: sourceLocation)
    }

    /// Waits until nobody deletes anything any more.
    func waitForDeletions() throws {
        for _ in 0..<1000 {
            let names = Machine.list("\(root)/tmp")
            if names.isEmpty {
                // Who has deleted the last of it has yet to end.
                if Machine.processes(mentioning: directory).isEmpty { return }
                sched_yield()
                continue
            }
            // Until whoever deletes it has done so.
            let place = open("\(root)/tmp/\(names[0])", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if place >= 0 {
                flock(place, LOCK_EX)
                close(place)
            }
            _ = try tool("images")
        }
    }

    /// The write layer of the only container there is.
    func writeLayer() throws -> String {
        let ids = Machine.list("\(root)/containers")
        try #require(ids.count == 1, "\(ids)")
        return "\(root)/containers/\(ids[0])/snapshot/fs"
    }

    /// The layer directories of the image, as unpacked for `driver`.
    func layers(of driver: Driver) -> [String] {
        let place = "\(root)/storage/\(driver.name)/snapshots"
        return Machine.list(place).map { "\(place)/\($0)/fs" }
    }
}
