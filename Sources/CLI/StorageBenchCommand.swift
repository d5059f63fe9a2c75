internal import ArgumentParser
internal import Core
internal import DriverBenchmark
internal import Glibc
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

    @Option(name: .customLong("driver"), help: ArgumentHelp("Only this driver.", valueName: "name"))
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
        guard geteuid() == 0 else { throw RunError.notRoot }
        if let repetitions, repetitions < 1 { throw ValidationError("--repetitions must be at least 1") }
        let store = try storeOptions.cleanStore(log.logger())
        let chosen = try CommandLineProgram.drivers(
            drivers, in: store, skipping: skipUnsupported)
        try store.withTemporaryDirectory { place in
            let benchmark = try Benchmark(
                chosen, in: Store(at: place.appending("store")), program: "/proc/self/exe",
                size: size.benchmarkSize,
                repetitions: repetitions)
            for id in ids where !benchmark.workloads.contains(where: { $0.id == id }) {
                throw ValidationError("there is no workload '\(id)'")
            }
            var report = BenchmarkTable(chosen.map(\.name))
            if !json { printLine(report.header) }
            for workload in benchmark.workloads where ids.isEmpty || ids.contains(workload.id) {
                report.add(benchmark.run(workload))
                if !json { printLine(report.lastLine) }
                StandardOutput.shared.flush()
            }
            if json { try printJSON(report.results) } else { printLine(report.remarks) }
        }
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
            return try registry.drivers.filter { driver in
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
