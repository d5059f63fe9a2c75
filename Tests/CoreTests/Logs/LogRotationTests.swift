import Glibc
import SystemPackage
import Testing

@testable import Engine
@testable import Host

@Suite("Logs that take turns")
struct LogRotationTests {
    /// Lines with numbers and of every length, as a busy service writes them, in pieces as a pipe gives them.
    private struct Service {
        private(set) var written = 0
        private var pending: [UInt8] = []
        private var random = SystemRandomNumberGenerator()

        static func line(_ number: Int) -> [UInt8] {
            Array("\(number) ".utf8) + [UInt8](repeating: UInt8(97 + number % 26), count: number * 37 % 311)
                + [0x0a]
        }

        mutating func piece() -> [UInt8] {
            let size = Int.random(in: 1...20_000, using: &random)
            while pending.count < size {
                pending += Self.line(written)
                written += 1
            }
            defer { pending.removeFirst(size) }
            return Array(pending.prefix(size))
        }

        mutating func last() -> [UInt8] {
            defer { pending = [] }
            return pending
        }
    }

    private func options(_ driver: ContainerLogDriver, size: Int64, files: Int) -> ContainerLogOptions {
        var options = ContainerLogOptions()
        options.driver = driver
        options.maxSize = size
        options.maxFiles = files
        return options
    }

    @Test(
        "A day of a busy service: the files are full and not more, and whoever reads along sees each line once",
        arguments: [(ContainerLogDriver.jsonFile, 5), (.k8sFile, 2), (.k8sFile, 1)])
    func day(driver: ContainerLogDriver, files: Int) throws {
        // At 400 bytes a second, which is much.
        let (day, bound): (Int, Int64) = (86_400 * 400, 1_000_000)
        let scene = try LogScene(options(driver, size: bound, files: files))
        var writer = try scene.writer()
        var reader = try ContainerLogReader(in: scene.directory.path, ContainerLogQuery(follows: true))
        var service = Service()
        var seen = 0
        var total = 0
        while total < day {
            let piece = service.piece()
            total += piece.count
            writer.write(piece, at: Int64(total) * 2_500_000)
            while let entry = try reader.next() {
                guard entry.text == Service.line(seen) else {
                    Issue.record("line \(seen) is lost or torn")
                    return
                }
                seen += 1
            }
        }
        writer.write(service.last())
        while try reader.next() != nil { seen += 1 }
        #expect(seen == service.written)

        let names = try scene.files
        #expect(names == (0..<files).map { $0 == 0 ? "container.log" : "container.log.\($0)" })
        for name in names {
            let size = try #require(Files.status(scene.directory.path.appending(name))).st_size
            #expect(size <= bound)
            // The next line would not have fitted.
            if name != "container.log" { #expect(size > Int(bound) - 500) }
        }
        // What is left has no gap, and ends with the last line.
        let entries = try scene.entries()
        for (number, entry) in zip((0..<service.written).suffix(entries.count), entries) {
            guard entry.text == Service.line(number) else {
                Issue.record("line \(number) is lost or torn")
                return
            }
        }
        #expect(entries.count > files * Int(bound) / 600 - Int(bound) / 200)
    }

    @Test("A reader that follows in another thread loses nothing and repeats nothing")
    func follows() throws {
        let scene = try LogScene(options(.k8sFile, size: 20_000, files: 400))
        let path = scene.directory.path
        var writer = try scene.writer()
        let count = 50_000
        let reading = try WorkerThread {
            var seen = 0
            var reader = try ContainerLogReader(in: path, ContainerLogQuery(follows: true))
            try reader.follow(while: { seen < count }) { entry in
                if entry.text == Array("line \(seen)\n".utf8) { seen += 1 }
            }
            return seen
        }
        for number in 0..<count { writer.write("line \(number)\n") }
        #expect(try reading.join() == count)
    }

    @Test("A line that is larger than a file has a file of its own")
    func large() throws {
        let scene = try LogScene(options(.k8sFile, size: 60, files: 4))
        var writer = try scene.writer()
        writer.write("a\n" + String(repeating: "b", count: 100) + "\nc\nd\n")
        #expect(try scene.content("container.log.3").hasSuffix("F a\n"))
        #expect(try scene.content("container.log.2").hasSuffix("bbb\n"))
        #expect(try scene.said() == "a\n" + String(repeating: "b", count: 100) + "\nc\nd\n")
    }

    @Test("A rotation that was interrupted is gone on with", arguments: [1, 2, 3])
    func interrupted(gap: Int) throws {
        let scene = try LogScene(options(.k8sFile, size: 60, files: 5))
        var writer = try scene.writer()
        for number in 0..<4 { writer.write("\(number)\n") }
        // The names above the gap have moved on already.
        for age in (gap..<4).reversed() {
            try Files.rename(
                scene.directory.path.appending("container.log.\(age)"),
                to: scene.directory.path.appending("container.log.\(age + 1)"))
        }
        #expect(try scene.said() == "0\n1\n2\n3\n")
        writer = try scene.writer()
        writer.write("4\n")
        #expect(try scene.said() == "0\n1\n2\n3\n4\n")
    }

    @Test("A log that somebody has removed is begun anew with the next file")
    func removed() throws {
        let scene = try LogScene(options(.k8sFile, size: 60, files: 3))
        var writer = try scene.writer()
        writer.write("0\n")
        try Files.remove(ContainerLog.path(in: scene.directory.path))
        writer.write("1\n2\n")
        #expect(try scene.said() == "1\n2\n")
    }
}
