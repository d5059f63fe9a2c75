import Glibc
import SystemPackage
import Testing

@testable import DriverKit
@testable import Host
@testable import Storage

/// A driver that does something bad when it is asked for a plan.
struct BadDriver: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let script: String
    /// What the error says.
    let expected: String

    private init(_ name: String, _ script: String, _ expected: String) {
        testDescription = name
        self.script = script
        self.expected = expected
    }

    private static func plan(_ name: String, _ steps: String, _ expected: String) -> BadDriver {
        BadDriver(name, "cat <<END\n{\"protocol\":1,\"plan\":[\(steps)]}\nEND", expected)
    }

    static let all = [
        BadDriver(
            "crashes", "echo gone wrong >&2; exit 3", "ended with status 3 (driver bad says: gone wrong)"),
        BadDriver("is killed", "kill -9 $$", "ended with status 137"),
        BadDriver("answers nothing", "exit 0", "no JSON: no value at byte 0"),
        BadDriver("answers nonsense", "echo nonsense", "no JSON"),
        BadDriver("answers twice", "echo '{\"protocol\":1} {}'", "more than one value"),
        BadDriver("answers no object", "echo '[1]'", "the answer is not an object"),
        BadDriver(
            "answers without UTF-8", "printf '{\"protocol\":1,\"x\":\"\\377\"}'", "a string that is not UTF-8"
        ),
        BadDriver("nests deeply", "printf '[%.0s' $(seq 5000)", "nested too deeply"),
        BadDriver(
            "answers without an end", "head -c 3000000 /dev/zero | tr '\\0' '['", "more than 1048576 bytes"),
        BadDriver("speaks another protocol", "echo '{\"protocol\":2,\"plan\":[]}'", "protocol is not 1"),
        BadDriver(
            "says an error in another form", "echo '{\"protocol\":1,\"error\":\"x\"}'",
            "error is not an object"),
        BadDriver(
            "drives the terminal", "printf '\\033[31mred\\033[0m\\nline' >&2; exit 1",
            "says: \\u{1B}[31mred\\u{1B}[0m; line"),
        BadDriver(
            "leaves its output open to others", "sleep 1000 & exit 4", "ended with status 4"),
        .plan("says no plan", "\"x\"", "plan[0] is not an object"),
        .plan(
            "knows another step", #"{"step":"format","target":"$S/fs"}"#, "plan[0].step is none of the steps"),
        .plan(
            "attaches a descriptor", #"{"step":"attach","descriptor":0,"target":"$T"}"#,
            "is none of the steps"),
        .plan("mounts nothing", "", "plan mounts nothing at"),
        .plan(
            "mounts over the host", #"{"step":"bind","source":"$S/fs","target":"/etc"}"#,
            "plan[0].target is outside"),
        .plan(
            "mounts over the snapshot", #"{"step":"bind","source":"$S/fs","target":"$S"}"#,
            "is the snapshot itself"),
        .plan(
            "shows the host", #"{"step":"bind","source":"/etc","target":"$T"}"#,
            "plan[0].source is outside of the snapshot: /etc"),
        .plan(
            "climbs out", #"{"step":"bind","source":"$S/../../etc","target":"$T"}"#,
            "plan[0].source is not a plain path"),
        .plan(
            "says a relative path", #"{"step":"bind","source":"etc","target":"$T"}"#,
            "source is not an absolute path"),
        .plan(
            "says a number", #"{"step":"bind","source":5,"target":"$T"}"#, "plan[0].source is not a string"),
        .plan(
            "says a null character", #"{"step":"bind","source":"$S\\u0000","target":"$T"}"#,
            "contains a null character"),
        .plan("leaves out the source", #"{"step":"bind","target":"$T"}"#, "plan[0].source is missing"),
        .plan(
            "mounts a disk of the host", #"{"step":"mount","type":"ext4","source":"/dev/vda","target":"$T"}"#,
            "plan[0].source is outside"),
        .plan(
            "hides a path in a word",
            #"{"step":"mount","type":"x","source":"x","target":"$T","options":["lowerdir=/etc"]}"#,
            "plan[0].options[0] is not one plain word"),
        .plan(
            "hides an option in a word",
            #"{"step":"mount","type":"x","source":"x","target":"$T","options":["a=b,upperdir=c"]}"#,
            "plan[0].options[0] is not one plain word"),
        .plan(
            "takes the host for a layer",
            #"{"step":"mount","type":"x","source":"x","target":"$T","options":[{"layers":["/"],"prefix":"lowerdir="}]}"#,
            "plan[0].options[0].layers[0] is outside"),
        .plan(
            "unmounts what it has not mounted", #"{"step":"detach","target":"$T"}"#,
            "is not mounted by this plan"),
        .plan("clears the host", #"{"step":"clear","target":"/etc"}"#, "plan[0].target is outside"),
        .plan(
            "runs something from a search path", #"{"step":"run","program":"sh"}"#,
            "program is not an absolute path"),
        .plan(
            "looks for layers anywhere",
            #"{"step":"verify-layers","target":"$T","layers":1,"sources":[{"directory":"/etc/","option":"a","entries":""}]}"#,
            "is not in /sys/fs"),
        BadDriver(
            "takes a link for a layer",
            """
            [ -e "$S/link" ] || ln -s /etc "$S/link"
            echo '{"protocol":1,"plan":[{"step":"bind","source":"'$S/link/sub'","target":"'$T'"}]}'
            """, "plan[0].source leads over a link"),
        BadDriver(
            "puts a link in the place of its layer",
            """
            rmdir "$S/fs" && ln -s /etc "$S/fs"
            echo '{"protocol":1}'
            """, "has no directory"),
    ]
}

@Suite(
    "Executable drivers that are broken or hostile", .enabled(if: geteuid() == 0, "only root's files are run")
)
struct HostileDriverTests {
    private let place: DriverPlace

    init() throws { place = try DriverPlace() }

    @Test("Each is refused with a sentence, and nothing is done", arguments: BadDriver.all)
    func refused(bad: BadDriver) throws {
        try place.write("bad", bad.script)
        let driver = try #require(place.drivers().driver(named: "bad", in: nil))
        let (snapshot, target) = (place.snapshot(), place.directory.appending("root"))
        try Files.makeDirectory(snapshot.path)
        let error = #expect(throws: ExecutableDriverError.self) {
            // What is not refused when the snapshot is made has to be when it is mounted.
            try driver.create(snapshot, on: [], for: .mounting(.readWrite, at: target))
            _ = try driver.mounts(of: snapshot, on: [], at: target, access: .readWrite)
        }
        let text = error?.explanation.problem ?? ""
        #expect(text.contains(bad.expected) && text.contains("the storage driver bad"), "\(text)")
        #expect(!text.unicodeScalars.contains { $0.value < 0x20 }, "\(text)")
        #expect(!Files.exists(target))
    }

    @Test("One that does not answer is killed, with what it has started")
    func hangs() throws {
        let mark = "\(place.directory.lastComponent?.string ?? "")"
        let path = try place.write("bad", "sh -c 'while :; do sleep 1000; done' \(mark) & wait")
        let declared = try #require(place.drivers().driver(named: "bad", in: nil)).declaration
        let executable = DriverExecutable(
            name: "bad", path: path, patience: .init(call: 100, seal: 100), notice: { _ in })
        let driver = ExecutableDriver(executable, declared)
        let snapshot = place.snapshot()
        try Files.makeDirectory(snapshot.path)
        let error = #expect(throws: ExecutableDriverError.self) {
            try driver.create(snapshot, on: [], for: .unpacking)
        }
        #expect(error?.reason == .tookTooLong(milliseconds: 100))
        for process in try Files.list("/proc") where UInt32(process) != nil {
            var line = try? Files.read(FilePath("/proc/\(process)/cmdline"))
            // A process that was killed is gone when it is gone.
            while let text = line, text.contains("sleep 1000"), text.contains(mark) {
                sched_yield()
                line = try? Files.read(FilePath("/proc/\(process)/cmdline"))
            }
        }
    }

    @Test("What it prints besides an answer is told, as text")
    func notice() throws {
        try place.write("bad", "printf 'look: \\033[2J' >&2; echo '{\"protocol\":1,\"unknown\":[{}]}'")
        nonisolated(unsafe) var told: [String] = []
        let driver = try #require(place.drivers { told.append($0) }.driver(named: "bad", in: nil))
        try Files.makeDirectory(place.snapshot().path)
        try driver.create(place.snapshot(), on: [], for: .unpacking)
        #expect(told == ["driver bad says: look: \\u{1B}[2J"])
    }

    @Test("One that cannot say what it is works for nothing")
    func badProbe() throws {
        for probe in [
            "{}", #"{"protocol":1,"supported":true}"#,
            #"{"protocol":1,"supported":true,"layers":{"model":"x"}}"#,
        ] {
            try place.write("bad", "exit 1", probe: probe)
            let driver = try #require(place.drivers().driver(named: "bad", in: nil))
            #expect(!driver.probe(in: place.directory).isSupported)
            #expect(throws: ExecutableDriverError.self) {
                _ = try driver.mounts(of: place.snapshot(), on: [], at: "/x", access: .readOnly)
            }
            #expect(throws: ExecutableDriverError.self) { try driver.discard(place.snapshot()) }
        }
    }

    @Test("Files that others than root can change are not run")
    func trust() throws {
        func refusal(_ name: String) -> String? {
            place.drivers().all().first { $0.name == name }?.refusal
        }
        let path = try place.write("x", "")
        #expect(refusal("x") == nil)
        try systemCall("chmod", path) { chmod($0, 0o775) }
        #expect(refusal("x")?.hasSuffix("can be written to by others than root") == true)
        try systemCall("chmod", path) { chmod($0, 0o644) }
        #expect(refusal("x")?.hasSuffix("is not executable") == true)
        try systemCall("chmod", path) { chmod($0, 0o755) }
        try systemCall("chown", path) { chown($0, 1000, 0) }
        #expect(refusal("x")?.contains("belongs to user 1000") == true)
        let driver = try #require(place.drivers().driver(named: "x", in: nil))
        #expect(!driver.probe(in: place.directory).isSupported && place.calls() == [])
        try systemCall("chown", path) { chown($0, 0, 0) }
        try systemCall("symlink", path) { symlink($0, "\(place.directory)/mydocker-driver-y") }
        #expect(refusal("y")?.hasSuffix("is a link") == true)
        try systemCall("chmod", place.directory) { chmod($0, 0o777) }
        #expect(refusal("x") == "\(place.directory) can be written to by others than root")
        #expect(place.drivers().driver(named: "../x", in: nil) == nil)
    }
}
