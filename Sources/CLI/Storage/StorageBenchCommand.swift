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

            With --image, the workloads are commands of yours, in a container of that image on each driver, and in one on \
            the image's unpacked tree. Ready-made ones, for an image with the programs: \
            \(UserCommand.ready.map(\.name).joined(separator: ", ")).
            """)

    @Option(
        name: .customLong("driver"), help: ArgumentHelp("Only this driver.", valueName: "name"),
        completion: .drivers)
    var drivers: [String] = []

    @Option(
        name: .customLong("workload"), help: ArgumentHelp("Only this built-in workload.", valueName: "id"))
    var ids: [String] = []

    @Option(help: ArgumentHelp("How much the built-in workloads do: small or full.", valueName: "size"))
    var size = Size.full

    enum Size: String, ExpressibleByArgument {
        case small, full

        var benchmarkSize: BenchmarkSize { self == .small ? .small : .full }
    }

    @Option(help: ArgumentHelp("How often to measure each built-in workload.", valueName: "count"))
    var repetitions: Int?

    @OptionGroup(title: "Your own commands")
    var measure: MeasureOptions

    @Flag(help: "Print the results as JSON.")
    var json = false

    @Flag(help: .hidden)
    var skipUnsupported = false

    /// `storage compare`: an archive with the image, where the store has none.
    @Option(help: .hidden)
    var archive: String?

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    func run() throws {
        if let repetitions, repetitions < 1 { throw ValidationError("--repetitions must be at least 1") }
        for id in ids where !Benchmark.workloadIDs.contains(id) {
            throw ValidationError("there is no workload '\(id)'")
        }
        let (request, backings) = (try measure.request(), try measure.backings())
        if request != nil, !ids.isEmpty {
            throw ValidationError("--workload is for the built-in workloads: with --image it is --run")
        }
        let store = try storeOptions.cleanStore(log.logger())
        let chosen = try CommandLineProgram.drivers(
            drivers, in: store, skipping: skipUnsupported || !backings.isEmpty, onGround: true)
        try store.withTemporaryDirectory { place in
            let what: Measured
            if let request, let image = measure.image {
                let file = try archive.map { FilePath($0) } ?? save(image, to: place.appending("image.tar"))
                what = .commands(request, archive: file)
            } else {
                what = .workloads(ids, size.benchmarkSize, repetitions: repetitions)
            }
            let measurement = Measurement(what: what, isQuiet: json)
            let results =
                backings.isEmpty
                ? try measurement.run(chosen, in: place, of: store)
                : try measurement.run(drivers, on: backings, in: place)
            if json { try printJSON(results) }
            if results.contains(where: { $0.hasFailed && $0.samples == nil }) { throw ExitCode(1) }
        }
    }

    private func save(_ image: String, to file: FilePath) throws -> FilePath {
        try storeOptions.images(log.logger())
            .save([image], as: .dockerArchive, to: .path(file), progress: nil)
        return file
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
            for name in names where !all.contains(where: { $0.name == name }) {
                throw StorageError.unknownDriver(name: name, known: all.map(\.name))
            }
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
