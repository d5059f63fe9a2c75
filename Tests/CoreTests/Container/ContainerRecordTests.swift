import SystemPackage
import Testing

@testable import Engine
@testable import Host
@testable import Layers
@testable import Runtime
@testable import Storage
@testable import Tree

@Suite("What is written down of a container")
struct ContainerRecordTests {
    private func record(_ command: [String] = ["sh"]) -> ContainerRecord {
        ContainerRecord(
            id: "0123456789ab", name: "box", image: "busybox:latest", driver: "overlay", command: command,
            created: 1, keep: true)
    }

    private func withDirectory(_ body: (FilePath) throws -> Void) throws {
        let store = Store(at: FilePath("/tmp/mydocker-record-\(LiveDirectory.randomName())"))
        defer { try? TreeRemoval.remove(store.root) }
        try store.create()
        let directory = store.containers.appending("0123456789ab")
        try Files.makeDirectory(directory)
        try body(directory)
    }

    @Test("Written and read, it is the same, whatever the command")
    func roundTrip() throws {
        try withDirectory { directory in
            var full = record([
                "", "a  b", "\"\\/", "\u{0}\u{1}\u{1f}\u{7f}\u{80}", "ü€😀", "\n\t\r", "\u{2028}\u{feff}",
                "\u{fffd}",
            ])
            full.layer = try SnapshotKey(String(repeating: "a", count: 64))
            full.manifest = try Digest("sha256:" + String(repeating: "b", count: 64))
            full.directory = "/root \"x\""
            full.readOnly = true
            full.process = 42
            full.processStart = .max
            full.exitStatus = 255
            full.finished = -1
            for value in [record(), full] {
                try value.write(to: directory)
                #expect(try ContainerRecord(from: directory) == value)
                #expect(try Files.list(directory) == ["container.json"])
            }
        }
    }

    @Test("What is none is damaged", arguments: ["", "{}", "[", "{\"id\":\"0123456789ab\"}", "\u{0}"])
    func damaged(text: String) throws {
        try withDirectory { directory in
            try Files.create(directory.appending("container.json"), text, mode: 0o600)
            #expect(throws: RunError.damagedRecord(directory.appending("container.json"))) {
                try ContainerRecord(from: directory)
            }
        }
    }

    @Test("So is one of another container, and one whose driver leads elsewhere")
    func foreign() throws {
        try withDirectory { directory in
            for (old, new) in [("0123456789ab", "0123456789ac"), ("overlay", "../../x")] {
                let text = record().json.replacing(old, with: new)
                let file = directory.appending("container.json")
                try Files.create(file, text, mode: 0o600)
                #expect(throws: RunError.damagedRecord(file)) { try ContainerRecord(from: directory) }
                try Files.remove(file)
            }
        }
    }

    @Test("When a process began is found behind any name of it")
    func processStart() {
        let rest = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 987654 20"
        for name in ["sh", "a b", ") S 1 (", "x)"] {
            #expect(ProcessStart.ticks(inStat: "42 (\(name)) \(rest)") == 987_654)
        }
        #expect(ProcessStart.ticks(inStat: "42 (sh) S 1") == nil)
        #expect(ProcessStart.ticks(inStat: "") == nil)
        #expect(ProcessStart.ticks(of: 1) != nil)
        #expect(ProcessStart.ticks(of: .max) == nil)
    }
}
