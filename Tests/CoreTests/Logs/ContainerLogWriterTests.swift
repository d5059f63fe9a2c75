import Glibc
import SystemPackage
import Testing

@testable import Engine
@testable import Host

@Suite("Writing a container's log")
struct ContainerLogWriterTests {
    private static let k8s: ContainerLogOptions = {
        var options = ContainerLogOptions()
        options.driver = .k8sFile
        return options
    }()

    @Test("Lines in docker's form, whatever the pieces they come in")
    func json() throws {
        let scene = try LogScene()
        var writer = try scene.writer()
        writer.write("one\ntw", at: 1_767_225_600_123_456_789)
        writer.write("wrong\n", from: .stderr, at: 1_767_225_601_000_000_000)
        writer.write("o\n\nthree", at: 1_767_225_602_000_000_001)
        #expect(
            try scene.content() == """
                {"log":"one\\n","stream":"stdout","time":"2026-01-01T00:00:00.123456789Z"}
                {"log":"wrong\\n","stream":"stderr","time":"2026-01-01T00:00:01.000000000Z"}
                {"log":"two\\n","stream":"stdout","time":"2026-01-01T00:00:02.000000001Z"}
                {"log":"\\n","stream":"stdout","time":"2026-01-01T00:00:02.000000001Z"}

                """)
        writer.endStreams(at: 1_767_225_603_000_000_000)
        #expect(
            try scene.content().hasSuffix(
                "{\"log\":\"three\",\"stream\":\"stdout\",\"time\":\"2026-01-01T00:00:03.000000000Z\"}\n"))
        writer.endStreams()
        #expect(try scene.content().split(separator: "\n").count == 5)
    }

    @Test("Lines in podman's form")
    func text() throws {
        let scene = try LogScene(Self.k8s)
        var writer = try scene.writer()
        writer.write("one \"\\\n", from: .stderr, at: 1_767_225_600_123_456_789)
        writer.write("two")
        writer.endStreams(at: 1_767_225_603_000_000_000)
        #expect(
            try scene.content() == """
                2026-01-01T00:00:00.123456789Z stderr F one "\\
                2026-01-01T00:00:03.000000000Z stdout P two

                """)
        #expect(try scene.said() == "one \"\\\ntwo")
    }

    @Test(
        "What JSON cannot hold is written as Go does it",
        arguments: [
            ("\"\\/\r\t\u{1}\u{1f}\u{7f}", #"\"\\/\r\u0009\u0001\u001f"# + "\u{7f}"),
            ("<a>&", #"\u003ca\u003e\u0026"#), ("ä€😀", "ä€😀"),
            ("\u{2028}\u{2029}\u{202a}", "\\u2028\\u2029\u{202a}"),
        ])
    func escapes(text: String, written: String) throws {
        let scene = try LogScene()
        var writer = try scene.writer()
        writer.write(text + "\n")
        #expect(try scene.content().hasPrefix("{\"log\":\"\(written)\\n\",\"stream\""))
        #expect(try scene.said() == text + "\n")
    }

    @Test(
        "Every byte that is not UTF-8 becomes a U+FFFD",
        arguments: [
            ([0xff, 0x61], #"\ufffda"#), ([0xc3], #"\ufffd"#), ([0xe2, 0x82], #"\ufffd\ufffd"#),
            ([0xed, 0xa0, 0x80], #"\ufffd\ufffd\ufffd"#), ([0xc0, 0xaf], #"\ufffd\ufffd"#),
            ([0xf4, 0x90, 0x80, 0x80], #"\ufffd\ufffd\ufffd\ufffd"#),
            ([0xe0, 0x80, 0xaf], #"\ufffd\ufffd\ufffd"#),
        ])
    func notText(bytes: [UInt8], written: String) throws {
        let scene = try LogScene()
        var writer = try scene.writer()
        writer.write(bytes + [0x0a])
        #expect(try scene.content().hasPrefix("{\"log\":\"\(written)\\n\",\"stream\""))
    }

    @Test("In podman's form bytes stay as they are")
    func anything() throws {
        let scene = try LogScene(Self.k8s)
        var writer = try scene.writer()
        let bytes = (0...255).map(UInt8.init).filter { $0 != 0x0a } + [0x0a]
        writer.write(bytes)
        #expect(try scene.entries().map(\.text) == [bytes])
    }

    @Test(
        "A long line is cut, but in no character, and is one line again when it is read",
        arguments: [1, 7, 4096, 70_000])
    func longLines(piece: Int) throws {
        let scene = try LogScene()
        var writer = try scene.writer()
        let text =
            "x" + String(repeating: "€", count: 11_000) + "\nshort\n" + String(repeating: "y", count: 16_384)
            + "\n"
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            writer.write(Array(bytes[start..<min(start + piece, bytes.count)]))
        }
        let entries = try scene.entries()
        #expect(entries.map(\.text.count) == [16_384, 16_383, 235, 6, 16_385])
        #expect(try scene.said() == text)
        #expect(!(try scene.content().contains("ufffd")))
    }

    @Test(
        "A log is gone on with, behind the last whole line",
        arguments: ["", "whole\n", "whole\nhal", "\0\0\0", "hal"])
    func goesOn(before: String) throws {
        let scene = try LogScene(Self.k8s)
        try scene.directory.write("container.log", before)
        var writer = try scene.writer()
        writer.write("next\n")
        let kept = before.hasPrefix("whole") ? "whole\n" : ""
        #expect(try scene.content() == kept + "1970-01-01T00:00:00.000000000Z stdout F next\n")
    }

    @Test("A link or a pipe in the place of a log is not followed")
    func links() throws {
        let scene = try LogScene()
        try scene.directory.write("other", "")
        try Files.makeLink(to: "other", at: ContainerLog.path(in: scene.directory.path))
        #expect(throws: SystemCallError.self) { _ = try scene.writer() }
        #expect(throws: SystemCallError.self) { try scene.entries() }
        try Files.remove(ContainerLog.path(in: scene.directory.path))
        #expect(mkfifo(ContainerLog.path(in: scene.directory.path).string, 0o600) == 0)
        #expect(throws: SystemCallError.self) { _ = try scene.writer() }
        #expect(throws: SystemCallError.self) { try scene.entries() }
    }

    @Test("The directory may move")
    func moves() throws {
        let scene = try LogScene()
        let (old, new) = (try scene.directory.directory("old"), scene.directory.path.appending("new"))
        var options = ContainerLogOptions()
        options.maxSize = 100
        var writer = try ContainerLogWriter(in: old, options)
        var reader = try ContainerLogReader(in: old, ContainerLogQuery(follows: true))
        writer.write("one\n")
        try Files.rename(old, to: new)
        writer.write("two\n")
        #expect(try Files.list(new).sorted() == ["container.log", "container.log.1"])
        #expect(try reader.next()?.text == Array("one\n".utf8))
        #expect(try reader.next()?.text == Array("two\n".utf8))
        #expect(try reader.next() == nil)
    }
}
