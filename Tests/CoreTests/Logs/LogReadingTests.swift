import Glibc
import SystemPackage
import Testing

@testable import Engine
@testable import Host

@Suite("Reading a container's log")
struct LogReadingTests {
    /// Ten lines in files of three, one a second.
    private static func scene(_ driver: ContainerLogDriver) throws -> LogScene {
        var options = ContainerLogOptions()
        options.driver = driver
        options.maxSize = driver == .jsonFile ? 220 : 150
        options.maxFiles = 10
        let scene = try LogScene(options)
        var writer = try scene.writer()
        for number in 0..<10 {
            writer.write(
                "\(number)\n", from: number % 2 == 0 ? .stdout : .stderr, at: Int64(number) * 1_000_000_000)
        }
        #expect(try scene.files.count == 4)
        return scene
    }

    @Test(
        "The last lines, over the files", arguments: ContainerLogDriver.allCases.filter { $0 != .none },
        [0, 1, 2, 3, 4, 9, 10, 11])
    func tail(driver: ContainerLogDriver, count: Int) throws {
        let expected = (0..<10).suffix(count).map { "\($0)\n" }.joined()
        #expect(try Self.scene(driver).said(ContainerLogQuery(tail: count)) == expected)
        #expect(try Self.scene(driver).said(ContainerLogQuery(tail: count, follows: true)) == expected)
    }

    @Test("Times bound what is read")
    func times() throws {
        let scene = try Self.scene(.jsonFile)
        func seconds(_ number: Int64) -> Int64 { number * 1_000_000_000 }
        #expect(try scene.said(ContainerLogQuery(since: seconds(8))) == "8\n9\n")
        #expect(try scene.said(ContainerLogQuery(until: seconds(1))) == "0\n1\n")
        #expect(try scene.said(ContainerLogQuery(since: seconds(3) + 1, until: seconds(5) - 1)) == "4\n")
        #expect(try scene.said(ContainerLogQuery(tail: 3, since: seconds(2), until: seconds(7))) == "7\n")
        #expect(
            try scene.said(ContainerLogQuery(since: .min, until: .max)) == "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n")
        #expect(try scene.entries().map(\.time) == (0..<10).map(seconds))
        #expect(try scene.entries()[1].stream == .stderr)
    }

    @Test("A file that was last written to before the time is not looked at, but a younger one is")
    func oldFiles() throws {
        let scene = try Self.scene(.jsonFile)
        for age in 1...3 {
            let path = scene.directory.path.appending("container.log.\(age)")
            #expect(
                utimes(path.string, [timeval(tv_sec: 1, tv_usec: 0), timeval(tv_sec: 1, tv_usec: 0)]) == 0)
        }
        #expect(try scene.said(ContainerLogQuery(since: 8_000_000_000)) == "9\n")
    }

    @Test("A line that is not there yet is read when it is, and what was taken back is not read")
    func halfWritten() throws {
        let scene = try LogScene()
        try scene.directory.write(
            "container.log", "1970-01-01T00:00:01Z stdout F one\n1970-01-01T00:00:02Z stdo")
        var reader = try ContainerLogReader(in: scene.directory.path, ContainerLogQuery(follows: true))
        #expect(try reader.next()?.text == Array("one\n".utf8))
        #expect(try reader.next() == nil)
        try scene.directory.write(
            "container.log", "1970-01-01T00:00:01Z stdout F one\n1970-01-01T00:00:03Z stderr P two\n")
        #expect(
            try reader.next()
                == ContainerLogEntry(stream: .stderr, time: 3_000_000_000, text: Array("two".utf8)))
        #expect(try reader.next() == nil)
        #expect(try scene.said(ContainerLogQuery(tail: 1)) == "two")
    }

    @Test("Whoever does not follow reads no further than to what was there")
    func bounded() throws {
        let scene = try Self.scene(.k8sFile)
        var reader = try ContainerLogReader(in: scene.directory.path)
        var writer = try scene.writer()
        writer.write("a\nb\nc\nd\ne\nf\n")
        var text: [UInt8] = []
        while let entry = try reader.next() { text += entry.text }
        #expect(text == Array("0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n".utf8))
    }

    @Test(
        "What is no line of a log is left out",
        arguments: [
            "", "{", "{}", "null", "[]", "{\"log\":\"x\\n\"}",
            "{\"log\":\"x\\n\",\"stream\":\"stdin\",\"time\":\"1970-01-01T00:00:00Z\"}",
            "{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"yesterday\"}",
            "{\"log\":\"\\q\",\"stream\":\"stdout\",\"time\":\"1970-01-01T00:00:00Z\"}",
            "{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"1970-01-01T00:00:00Z\"} x", "{\"log\"",
            "{\"log\":\"\\u12",
            String(repeating: "[", count: 100_000), "{\"a\":" + String(repeating: "[", count: 100_000),
            "1970-01-01T00:00:00Z stdout F", "1970-01-01T00:00:00Z stdin F x",
            "1970-13-01T00:00:00Z stdout F x",
            "1970-01-01T00:00:00Z stdout X x", String(repeating: "x", count: 1 << 20), "\u{1b}[2J",
        ])
    func garbage(line: String) throws {
        let scene = try LogScene()
        let good = "1970-01-01T00:00:01Z stdout F good\n"
        try scene.directory.write("container.log", good + line + "\n" + good)
        #expect(try scene.said() == "good\ngood\n")
    }

    @Test("Lines of docker and podman are read, and what a power cut has left before them is not")
    func others() throws {
        let scene = try LogScene()
        try scene.directory.write(
            "container.log",
            """
            {"log":"\\ud83d\\ude00\\u003c\\/\\b\\f\\t\\ud83d\\n","stream":"stdout","attrs":{"a":["}",1,true]},"time":"2026-01-01T01:00:00.5+01:00"}
            \0\0\0{ "time" : "2026-01-01T00:00:00Z", "stream" : "stderr" }
            2026-01-01T01:00:00.5+01:00 stderr P  x y

            """)
        let second: Int64 = 1_767_225_600_000_000_000
        #expect(
            try scene.entries() == [
                ContainerLogEntry(
                    stream: .stdout, time: second + 500_000_000, text: Array("😀</\u{8}\u{c}\t\u{fffd}\n".utf8)
                ),
                ContainerLogEntry(stream: .stderr, time: second, text: []),
                ContainerLogEntry(stream: .stderr, time: second + 500_000_000, text: Array(" x y".utf8)),
            ])
    }

    @Test("Where there is no log, there is an error")
    func none() throws {
        let directory = try TemporaryDirectory()
        #expect(
            throws: SystemCallError(
                "open", ContainerLog.path(in: directory.path), errno: .noSuchFileOrDirectory)
        ) { _ = try ContainerLogReader(in: directory.path) }
    }
}
