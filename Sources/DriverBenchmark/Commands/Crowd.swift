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
        // One that is being executed stays in memory.
        let file = try Self.largestFiles(in: roots[0]).first { file in
            for root in roots { try FileWork.forget(root.pushing(file)) }
            return try roots.allSatisfy { try FileWork.residency($0.pushing(file)) < 0.5 }
        }
        guard let file else { throw NotMeasured(reason: "the image has no file that is not in use") }
        var (buffer, copies) = ([UInt8](repeating: 0, count: 1 << 16), 0)
        for path in roots.map({ $0.pushing(file) }) {
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

    /// The largest regular files of a container's root, the largest first, of those that can be read a few times.
    private static func largestFiles(in root: FilePath) -> [FilePath] {
        var found: [(size: Int64, path: FilePath)] = []
        var pending: [FilePath] = [""]
        while let directory = pending.popLast() {
            for name in (try? Files.list(root.pushing(directory))) ?? [] {
                // File systems of their own.
                if directory.isEmpty, ["dev", "proc", "sys"].contains(name) { continue }
                let path = directory.pushing(FilePath(name))
                guard let status = Files.status(root.pushing(path)) else { continue }
                switch status.st_mode & S_IFMT {
                case S_IFDIR: pending.append(path)
                case S_IFREG where (1...sizeLimit).contains(Int64(status.st_size)):
                    found.append((Int64(status.st_size), path))
                default: break
                }
            }
        }
        return found.sorted { ($0.size, $1.path.string) > ($1.size, $0.path.string) }.prefix(candidates).map(
            \.path)
    }

    private static let sizeLimit: Int64 = 64 << 20
    private static let candidates = 20
}
