internal import Core
internal import Glibc
internal import SystemPackage

/// Many containers of one image at once.
struct Crowd: Sendable {
    let host: CommandHost
    let count: Int

    /// Starts them, and looks at what they share.
    func sample(_ root: CommandRoot) throws -> [String: Double] {
        if root.isBare { throw NotMeasured(reason: "one tree is not for many") }
        if count > Self.copies,
            let driver = host.store.drivers.drivers.first(where: { $0.name == root.driver }),
            !driver.layers.hasLayers
        {
            throw NotMeasured(reason: "it would copy the image \(count) times")
        }
        let names = (1...count).map { "crowd-\(root.name)-\($0)" }
        defer { _ = try? host.call(["rm", "-f"] + names).finish() }
        var containers: [CommandContainer] = []
        // The image is unpacked for the driver before.
        let time = try Stopwatch.time {
            let starting = try names.map { try host.begin($0, by: root.driver) }
            for (container, child) in starting {
                try child.expectSuccess()
                containers.append(container)
            }
        }
        var values = [Measure.starts.name: Double(count) / time]
        let roots = try containers.map { FilePath("/proc/\(try $0.processID())") }
        values[Measure.share.name] = try roots.map(Self.proportionalSize).reduce(0, +) / Double(count)
        values[Measure.copies.name] = try copies(in: roots.map { $0.appending("root") })
        return values
    }

    /// More containers than this are too many for a driver that copies.
    private static let copies = 8

    /// How often a file of the image is in memory when all have read it: each looks whether it is there, and reads it.
    private func copies(in roots: [FilePath]) throws -> Double {
        guard let file = Self.largestFile(in: roots[0]) else {
            throw NotMeasured(reason: "the image has no file to read")
        }
        let paths = roots.map { $0.pushing(file) }
        for path in paths { try FileWork.forget(path) }
        var (buffer, copies) = ([UInt8](repeating: 0, count: 1 << 16), 0)
        for path in paths {
            if try FileWork.residency(path) < 0.5 { copies += 1 }
            try FileWork.readAll(path, &buffer)
        }
        return Double(copies)
    }

    /// PSS of a process (proc_pid_smaps(5)), in bytes.
    private static func proportionalSize(_ process: FilePath) throws -> Double {
        guard let text = try? Files.read(process.appending("smaps_rollup")),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Pss:") }),
            let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
        else { throw NotMeasured(reason: "this kernel does not tell what memory is shared") }
        return kibibytes * 1024
    }

    /// The largest regular file of a container's root, of those that are not too large to be read a few times.
    private static func largestFile(in root: FilePath) -> FilePath? {
        var (size, largest): (Int64, FilePath?) = (0, nil)
        var pending: [FilePath] = [""]
        while let directory = pending.popLast() {
            for name in (try? Files.list(root.pushing(directory))) ?? [] {
                // File systems of their own.
                if directory.isEmpty, ["dev", "proc", "sys"].contains(name) { continue }
                let path = directory.pushing(FilePath(name))
                guard let status = Files.status(root.pushing(path)) else { continue }
                switch status.st_mode & S_IFMT {
                case S_IFDIR: pending.append(path)
                case S_IFREG where (size..<sizeLimit).contains(Int64(status.st_size) - 1):
                    (size, largest) = (Int64(status.st_size), path)
                default: break
                }
            }
        }
        return largest
    }

    private static let sizeLimit: Int64 = 64 << 20
}
