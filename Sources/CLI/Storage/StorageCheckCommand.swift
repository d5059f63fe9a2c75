internal import ArgumentParser
internal import Core
internal import DriverConformance
internal import SystemPackage

/// `mydocker storage check`.
struct StorageCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Try what every storage driver must survive, on this kernel and the store's file system.",
        discussion: "The exit status is 1 if a driver fails in anything.")

    @Option(name: .customLong("case"), help: ArgumentHelp("Only this case, such as C10.", valueName: "id"))
    var ids: [String] = []

    @Flag(help: "Print the results as JSON.")
    var json = false

    @Flag(help: .hidden)
    var skipUnsupported = false

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The drivers; else all that work here.", completion: .drivers)
    var drivers: [String] = []

    func run() throws {
        let store = try storeOptions.cleanStore(log.logger())
        let chosen = try CommandLineProgram.drivers(
            drivers, in: store, skipping: skipUnsupported, onGround: true)
        let cases = try Self.cases(ids)
        var report = ConformanceReport(chosen.map(\.name))
        try store.withTemporaryDirectory { place in
            let kits = chosen.map { ConformanceKit($0, in: place, peers: chosen) }
            if !json {
                for remark in kits.compactMap(\.remark) { printLine(remark) }
                printLine(report.header)
            }
            for test in cases {
                report.add(kits.map { $0.run(test) })
                if !json { printLine(report.lastLine) }
            }
        }
        if json { try printJSON(report.results) } else { printLine(report.summary) }
        if report.hasFailed { throw ExitCode(1) }
    }

    private static func cases(_ ids: [String]) throws -> [ConformanceCase] {
        for id in ids where !ConformanceKit.cases.contains(where: { $0.id == id }) {
            throw ValidationError("there is no case '\(id)'")
        }
        return ConformanceKit.cases.filter { ids.isEmpty || ids.contains($0.id) }
    }
}
