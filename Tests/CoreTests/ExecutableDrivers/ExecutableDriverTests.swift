import Foundation
import SystemPackage
import Testing

@testable import DriverKit
@testable import Host
@testable import Mount
@testable import Storage

@Suite("Executable drivers", .enabled(if: geteuid() == 0, "only root's files are run"))
struct ExecutableDriverTests {
    private let place: DriverPlace

    init() throws { place = try DriverPlace() }

    @Test("What one has said of itself is remembered, until its file changes")
    func memory() throws {
        let store = Store(
            at: place.directory.appending("store"), drivers: DriverRegistry([], executables: place.drivers()))
        try store.create()
        try place.write("x", "echo '{\"protocol\":1}'")
        #expect(store.driver(named: "x")?.layers == .changes(.prefix))
        #expect(store.driver(named: "x")?.capabilities.discards == true)
        #expect(place.calls() == ["probe"])
        let answer = #"{"protocol":1,"supported":true,"layers":{"model":"wholeTree","sharing":true}}"#
        try place.write("x", "echo '{\"protocol\":1}'", probe: answer)
        #expect(store.driver(named: "x")?.layers == .wholeTree(sharing: true))
        #expect(place.calls() == ["probe"])
        #expect(store.driver(named: "absent") == nil && place.calls() == [])
    }

    @Test("A container costs one call, and a second one only where something is to be undone")
    func calls() throws {
        try place.write(
            "x",
            """
            echo '{"protocol":1,"plan":[{"step":"bind","source":"'$S/fs'","target":"'$T'"}]}'
            """)
        let driver = try #require(place.drivers().driver(named: "x", in: nil))
        _ = place.calls()
        let snapshots = SnapshotStore(Store(at: place.directory.appending("store")), driver: driver)
        let (snapshot, target) = (place.snapshot(), place.directory.appending("root"))
        try snapshots.create(snapshot, on: [], for: .mounting(.readWrite, at: target))
        let plan = try snapshots.mounts(of: snapshot, on: [], at: target, access: .readWrite)
        #expect(plan == MountPlan([.bind(source: snapshot.layer, target: target, readOnly: false)]))
        #expect(place.calls() == ["prepare"])
        // Another target is another plan.
        _ = try snapshots.mounts(of: snapshot, on: [], at: target.appending("x"), access: .readWrite)
        #expect(
            try driver.finish(snapshot, on: []).steps.isEmpty && driver.usage(of: snapshot, on: []) == nil)
        try driver.reopen(snapshot)
        #expect(place.calls() == ["mounts"])
        try snapshots.store.remove(snapshot.path)
        #expect(place.calls() == ["discard"] && !Files.exists(snapshot.path))
    }

    @Test("A path that is not UTF-8 is refused")
    func bytes() throws {
        try place.write("x", "echo '{\"protocol\":1}'")
        let driver = try #require(place.drivers().driver(named: "x", in: nil))
        let odd = SnapshotDirectory(FilePath(bytes: Array("\(place.directory)/".utf8) + [0xff]))
        try Files.makeDirectory(odd.path)
        let error = #expect(throws: ExecutableDriverError.self) {
            try driver.create(odd, on: [], for: .unpacking)
        }
        #expect(error?.explanation.problem.contains("not UTF-8") == true)
    }

    /// Every step and every kind of option.
    private static let plan = MountPlan([
        .mount(
            FileSystemMount(
                type: "overlay", source: "overlay", target: "/t", readOnly: true,
                options: [
                    .layers(
                        LayerList(
                            [.init("/a:\"\\\n"), .init("/ü")], perLayerKey: "lowerdir+", prefix: "lowerdir=")),
                    .layers(LayerList([.init("/b", suffix: "=ro+wh")], prefix: "br:", separator: ",append:")),
                    .flag("index"), .string("mode", "0700"), .string("a", ""), .optional("volatile"),
                    .directory("upperdir", "/u"), .file("xino", in: "/x", name: "f"),
                ], scratchFlag: "volatile")),
        .mount(FileSystemMount(type: "erofs", source: "/i", target: "/t", isImage: true)),
        .reconfigure(target: "/t", type: "aufs", options: [.flag("x")]),
        .bind(source: "/s", target: "/t", readOnly: true), .detach(target: "/t"),
        .verifyLayers(
            LayerCheck(
                target: "/t", expected: 3,
                sources: [
                    .option(key: "lowerdir", separator: ":"), .option(key: "lowerdir+", separator: nil),
                    .directory(prefix: "/sys/fs/aufs/si_", option: "si", entryPrefix: "br"),
                ])),
        .run(ProgramCall("/bin/true", ["a", ""])), .serve(ProgramCall("/bin/x", []), target: "/t"),
        .protect(file: "/f"), .clear(directory: "/d"),
    ])

    @Test("A plan is read as --dry-run prints it")
    func roundTrip() throws {
        let text = try JSONEncoder().encode(Self.plan)
        let value = try JSONValue(parsing: Array(text))
        #expect(try MountPlan(DriverField(value, "plan")) == Self.plan)
    }

    @Test("JSON is read as others read it")
    func json() throws {
        let texts = [
            "null", " [ ] ", "{}", #"{"a":[1,-2,3.5,true,false,null,"x"],"b":{"c":""}}"#,
            #""\u00e4\ud83d\ude00\n\/\\\"""#, "[[[[]]]]", "9223372036854775807",
        ]
        for text in texts {
            let expected = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
            let read = try JSONValue(parsing: Array(text.utf8))
            #expect(read.text == expected.text, "\(text)")
            #expect(try JSONValue(parsing: Array(read.text.utf8)) == read, "\(text)")
        }
        for text in [
            "", "{", "[1,]", "{\"a\" 1}", "tru", "\"", "\"\\x\"", "\"\\ud800\"", "+1", ".5", "1 2", "\"\n\"",
            "{1:2}",
            String(repeating: "[", count: 100_000),
        ] {
            #expect(throws: JSONValue.Malformed.self, "\(text.prefix(20))") {
                try JSONValue(parsing: Array(text.utf8))
            }
        }
    }
}
