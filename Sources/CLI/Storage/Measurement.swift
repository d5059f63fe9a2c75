internal import Core
internal import DriverBenchmark
internal import Glibc
internal import SystemPackage

/// What `storage bench` measures.
enum Measured: Sendable {
    /// The built-in workloads, or those of these names.
    case workloads([String], BenchmarkSize, repetitions: Int?)
    /// Commands in containers of the image in an archive.
    case commands(CommandBenchmark.Request, archive: FilePath)
}

/// Measures drivers on one file system after the other, and prints a table while it goes on.
struct Measurement: Sendable {
    let what: Measured
    /// Nothing is printed.
    let isQuiet: Bool

    /// Measures drivers on the store's file system; those that need another on one in a file.
    ///
    /// - Parameter place: an empty directory of the store.
    func run(
        _ drivers: [any StorageDriver], in place: FilePath, of store: Store
    ) throws -> [BenchmarkResult] {
        let here = try drivers.filter { try store.drivers.support(of: $0, in: store).isSupported }
        var results: [BenchmarkResult] = []
        if !here.isEmpty || drivers.isEmpty { results += try run(here, in: place) }
        for driver in drivers where !here.contains(where: { $0.name == driver.name }) {
            guard let ground = driver.capabilities.ground else { continue }
            say("\n\(driver.name): on a \(ground.type) in a file, bare and driver alike")
            results += try withFileSystem(ground, in: place) { try run([driver], in: $0) }
        }
        return results
    }

    /// Measures drivers on file systems that are made for it.
    ///
    /// - Parameter names: the drivers; empty for all that work on one of them.
    func run(
        _ names: [String], on backings: [DriverCapabilities.Ground], in place: FilePath
    ) throws -> [BenchmarkResult] {
        try backings.flatMap { backing in
            say("\non \(backing.type):")
            var results: [BenchmarkResult]
            do {
                results = try withFileSystem(backing, in: place) { directory in
                    let store = Store(at: directory.appending("probe"), drivers: CommandLineProgram.registry)
                    let drivers = try CommandLineProgram.drivers(names, in: store, skipping: true)
                    for name in names where !drivers.contains(where: { $0.name == name }) {
                        say("  \(name) does not work there")
                    }
                    return try run(drivers, in: directory)
                }
            } catch let error as any Explained where error is MountError || error is SystemCallError {
                // This kernel may have the others.
                say("  \(error.problem)")
                results = workloads.map { .notMeasured($0, "bare", reason: error.problem) }
            }
            for index in results.indices { results[index].backing = backing.type }
            return results
        }
    }

    /// The names of what is measured.
    private var workloads: [String] {
        switch what {
        case .workloads(let ids, _, _): ids.isEmpty ? Benchmark.workloadIDs : ids
        case .commands(let request, _): request.workloads
        }
    }

    private func withFileSystem(
        _ ground: DriverCapabilities.Ground, in place: FilePath,
        _ body: @escaping @Sendable (FilePath) throws -> [BenchmarkResult]
    ) throws -> [BenchmarkResult] {
        let directory = place.appending(FilePath("on-\(ground.type)").components)
        try Files.makeDirectory(directory, mode: 0o700)
        defer { try? TreeRemoval.remove(directory) }
        return try GroundFile.mounted(
            ground, size: DriverCapabilities.Ground.backingSize, in: directory, body)
    }

    /// Measures drivers on the file system of a directory.
    private func run(_ drivers: [any StorageDriver], in place: FilePath) throws -> [BenchmarkResult] {
        let root = place.appending("store")
        defer { try? TreeRemoval.remove(root) }
        switch what {
        case .workloads(let ids, let size, let repetitions):
            let store = Store(at: root, drivers: DriverRegistry(drivers))
            let benchmark = try Benchmark(
                drivers, in: store, program: Self.program, size: size, repetitions: repetitions)
            var report = BenchmarkTable(drivers.map(\.name))
            say(report.header)
            for workload in benchmark.workloads where ids.isEmpty || ids.contains(workload.id) {
                report.add(benchmark.run(workload))
                say(report.lastLine)
            }
            say(report.remarks)
            return report.results
        case .commands(let request, let archive):
            let store = Store(at: root, drivers: CommandLineProgram.registry)
            try Cleanup(store: store, logger: LogOptions.logger(nil, nil)).removeAbandoned()
            let file = try Descriptor(archive, O_RDONLY)
            let loaded = try ImageStore(at: store.images).load(from: .tar(file.file), progress: nil) { _ in }
            guard let image = loaded.first else {
                throw ImageError.noImage(name: "\(archive)", type: "an archive without images")
            }
            let scratch = place.appending("scratch")
            try Files.makeDirectory(scratch, mode: 0o700)
            defer { try? TreeRemoval.remove(scratch) }
            let benchmark = CommandBenchmark(
                drivers, of: image.names.first?.description ?? image.id.description, in: store,
                place: scratch, program: Self.program,
                request)
            var results: [BenchmarkResult] = []
            for command in request.commands { results += shown(benchmark.run(command)) }
            for crowd in request.crowds { results += shown(benchmark.run(crowd: crowd)) }
            say(CommandTable.remarks)
            return results
        }
    }

    private static let program: FilePath = "/proc/self/exe"

    private func shown(_ results: [BenchmarkResult]) -> [BenchmarkResult] {
        say(CommandTable(results).text)
        return results
    }

    private func say(_ text: String) {
        if isQuiet { return }
        printLine(text)
        StandardOutput.shared.flush()
    }
}
