internal import ArgumentParser
internal import Core
internal import DriverBenchmark
internal import DriverConformance
internal import SystemPackage

/// `mydocker storage bench`.
struct StorageBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure the storage drivers, as ratios to the file system that they work on.",
        discussion: """
            Every workload is run on the bare file system and on each driver in turns; the table shows the bare median, \
            and for each driver the ratio of its median to that, with the spread of the middle half of its values.
            """)

    @Option(
        name: .customLong("driver"), help: ArgumentHelp("Only this driver.", valueName: "name"),
        completion: .drivers)
    var drivers: [String] = []

    @Option(name: .customLong("workload"), help: ArgumentHelp("Only this workload.", valueName: "id"))
    var ids: [String] = []

    @Option(help: ArgumentHelp("How much to do: small or full.", valueName: "size"))
    var size = Size.full

    enum Size: String, ExpressibleByArgument {
        case small, full

        var benchmarkSize: BenchmarkSize { self == .small ? .small : .full }
    }

    @Option(help: ArgumentHelp("How often to measure each.", valueName: "count"))
    var repetitions: Int?

    @Flag(help: "Print the results as JSON.")
    var json = false

    @Flag(help: .hidden)
    var skipUnsupported = false

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    func run() throws {
        if let repetitions, repetitions < 1 { throw ValidationError("--repetitions must be at least 1") }
        for id in ids where !Benchmark.workloadIDs.contains(id) {
            throw ValidationError("there is no workload '\(id)'")
        }
        let store = try storeOptions.cleanStore(log.logger())
        let chosen = try CommandLineProgram.drivers(
            drivers, in: store, skipping: skipUnsupported, onGround: true)
        let measurement = Measurement(
            ids: ids, size: size.benchmarkSize, repetitions: repetitions, isQuiet: json)
        var results: [BenchmarkResult] = []
        try store.withTemporaryDirectory { place in
            let here = try chosen.filter { try store.drivers.support(of: $0, in: store).isSupported }
            if !here.isEmpty || chosen.isEmpty { results += try measurement.run(here, in: place) }
            for driver in chosen where !here.contains(where: { $0.name == driver.name }) {
                guard let ground = driver.capabilities.ground else { continue }
                if !json {
                    printLine("\n\(driver.name): on a \(ground.type) in a file, bare and driver alike")
                }
                let directory = place.appending("on-\(ground.type)")
                try Files.makeDirectory(directory, mode: 0o700)
                results += try PrivateMountNamespace.run {
                    let target = try GroundFile.mount(ground, in: directory)
                    defer { GroundFile.unmount(target) }
                    return try measurement.run([driver], in: target)
                }
            }
        }
        if json { try printJSON(results) }
    }
}

/// What is measured of drivers, and how often.
private struct Measurement: Sendable {
    let ids: [String]
    let size: BenchmarkSize
    let repetitions: Int?
    /// Nothing is printed.
    let isQuiet: Bool

    /// Measures drivers on the file system of an empty directory, and prints a line for each workload.
    func run(_ drivers: [any StorageDriver], in place: FilePath) throws -> [BenchmarkResult] {
        let store = Store(at: place.appending("store"), drivers: DriverRegistry(drivers))
        let benchmark = try Benchmark(
            drivers, in: store, program: "/proc/self/exe", size: size, repetitions: repetitions)
        var report = BenchmarkTable(drivers.map(\.name))
        if !isQuiet { printLine(report.header) }
        for workload in benchmark.workloads where ids.isEmpty || ids.contains(workload.id) {
            report.add(benchmark.run(workload))
            if !isQuiet { printLine(report.lastLine) }
            StandardOutput.shared.flush()
        }
        if !isQuiet { printLine(report.remarks) }
        return report.results
    }
}

extension CommandLineProgram {
    /// The drivers of these names, or all that work here.
    ///
    /// - Parameters:
    ///   - skips: true to leave out a named one that does not work here.
    ///   - onGround: true to take a named one too that needs a file system that the store is not on.
    /// - Throws: ``StorageError``.
    static func drivers(
        _ names: [String], in store: Store, skipping skips: Bool, onGround: Bool = false
    ) throws -> [any StorageDriver] {
        if names.isEmpty || skips {
            let all = registry.all(for: store).compactMap(\.driver)
            return try all.filter { driver in
                let isMeant = names.isEmpty || names.contains(driver.name)
                return try isMeant && registry.support(of: driver, in: store).isSupported
            }
        }
        return try names.map { name in
            let driver = registry.drivers.first { $0.name == name }
            if onGround, let driver, driver.capabilities.ground != nil { return driver }
            return try registry.driver(named: name, in: store)
        }
    }
}
