import Glibc
import SystemPackage
import Testing

@testable import Engine
@testable import Host
@testable import Mount

@Suite("Logs on a full disk", isRoot)
struct LogFullDiskTests {
    /// Runs `body` with a small file system, and a function that takes all of its room or gives it back.
    private func onSmallDisk<Value: Sendable>(
        _ options: ContainerLogOptions,
        _ body: @escaping @Sendable (FilePath, ContainerLogOptions) throws -> Value
    ) throws -> Value {
        let directory = try TemporaryDirectory()
        let path = directory.path
        return try PrivateMountNamespace.run {
            let mount = FileSystemMount(
                type: "tmpfs", source: "tmpfs", target: path,
                options: [.flag("size=64k"), .flag("nr_inodes=20")])
            try MountPlan([.mount(mount)]).execute()
            return try body(path, options)
        }
    }

    private static func fill(_ directory: FilePath) throws {
        let file = try Descriptor(directory.appending("full"), O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
        let bytes = [UInt8](repeating: 0, count: 4096)
        while write(file.rawValue, bytes, bytes.count) > 0 {}
    }

    private static func lines(_ directory: FilePath) throws -> [String] {
        var reader = try ContainerLogReader(in: directory)
        var lines: [String] = []
        while let entry = try reader.next() { lines.append(String(decoding: entry.text, as: UTF8.self)) }
        return lines
    }

    @Test(
        "Lines that find no room are counted, and a line tells of it when there is some", arguments: [1, 50],
        [ContainerLogDriver.jsonFile, .k8sFile])
    func counted(batch: Int, driver: ContainerLogDriver) throws {
        var options = ContainerLogOptions()
        options.driver = driver
        let lines = try onSmallDisk(options) { path, options in
            var writer = try ContainerLogWriter(in: path, options)
            writer.write("first\n")
            try Self.fill(path)
            // The last block of the log holds some of them.
            for start in stride(from: 0, to: 1000, by: batch) {
                writer.write((start..<start + batch).map { "line \($0)\n" }.joined())
            }
            let size = try #require(Files.status(ContainerLog.path(in: path))).st_size
            #expect(try text(ContainerLog.path(in: path)).hasSuffix("\n"))
            #expect(size <= 4096)
            try Files.remove(path.appending("full"))
            writer.write("again\n")
            writer.write("and again\n")
            return try Self.lines(path)
        }
        let kept = lines.firstIndex { $0.hasPrefix("mydocker:") } ?? 0
        #expect(kept > 10)
        #expect(Array(lines[..<kept]) == ["first\n"] + (0..<kept - 1).map { "line \($0)\n" })
        #expect(
            Array(lines[kept...]) == [
                "mydocker: \(1001 - kept) lines of this log are lost: No space left on device\n", "again\n",
                "and again\n",
            ])
    }

    @Test("A log that could not be begun is begun when there is room, and the container knows nothing of it")
    func begunLater() throws {
        let lines = try onSmallDisk(ContainerLogOptions()) { path, options in
            // The last inodes go, too.
            var names = 0
            while (try? Files.create(path.appending("file\(names)"))) != nil { names += 1 }
            var writer = try ContainerLogWriter(in: path, options)
            writer.write("lost\n")
            for number in 0..<names { try Files.remove(path.appending("file\(number)")) }
            writer.write("found\n")
            return try Self.lines(path)
        }
        #expect(lines == ["mydocker: 1 line of this log is lost: No space left on device\n", "found\n"])
    }

    @Test("Files go on taking turns on a full disk, which makes room", arguments: [1, 3])
    func rotation(files: Int) throws {
        var options = ContainerLogOptions()
        options.driver = .k8sFile
        options.maxSize = 4096
        options.maxFiles = files
        let names = try onSmallDisk(options) { path, options in
            var writer = try ContainerLogWriter(in: path, options)
            writer.write("first\n")
            try Self.fill(path)
            for number in 0..<1000 { writer.write("line \(number)\n") }
            let lines = try Self.lines(path)
            #expect(lines.last == "line 999\n" || lines.count < 1000)
            for line in lines { #expect(line.hasSuffix("\n")) }
            return try Files.list(path).filter { $0 != "full" }.count
        }
        #expect(names <= files)
    }
}
