internal import ArgumentParser
internal import Core
internal import DriverBenchmark
internal import DriverComparison
internal import DriverConformance
internal import Glibc
internal import KernelLab
internal import SystemPackage

/// `mydocker storage compare`.
struct StorageCompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Try and measure the storage drivers on several kernels.",
        discussion: """
            A kernel is "host", a user-mode kernel (an executable), a kernel image, which is booted under QEMU, a directory \
            of them, deb:VERSION, a package of Debian's, or ssh://[USER@]HOST[:PORT], another machine on which you are root. \
            Each runs the conformance kit and a small benchmark on disks of its own; nothing of this machine is given to it.

            With --image, commands of yours are measured instead, in containers of that image, which travels to every \
            kernel; see: mydocker storage bench --help

            With --baseline, what counts is what got worse since that report: 2 is the exit status then. With --bisect, \
            the first of the kernels is looked for, in the order in which they are named, on which a case or a command fails.
            """)

    @Option(
        name: .customLong("kernel"), help: ArgumentHelp("A kernel; may be repeated.", valueName: "kernel"))
    var kernels: [String] = ["host"]

    @Option(
        name: .customLong("driver"), help: ArgumentHelp("Only this driver.", valueName: "name"),
        completion: .drivers)
    var drivers: [String] = []

    @Option(name: .customLong("case"), help: ArgumentHelp("Only this conformance case.", valueName: "id"))
    var cases: [String] = []

    @Option(
        name: .customLong("workload"), help: ArgumentHelp("Only this built-in workload.", valueName: "id"))
    var workloads: [String] = []

    @OptionGroup(title: "Your own commands")
    var measure: MeasureOptions

    @Option(
        help: ArgumentHelp(
            "Where modules are that are not beside their kernel (lib/modules/VERSION).", valueName: "dir"),
        completion: .directory)
    var modules: String?

    @Option(help: ArgumentHelp("How many seconds each kernel may take.", valueName: "seconds"))
    var timeLimit = 900

    @Option(
        help: ArgumentHelp(
            "Compare with an earlier report, written by --json; 2 is the exit status if something got worse.",
            valueName: "file.json"), completion: .file())
    var baseline: String?

    @Option(
        help: ArgumentHelp(
            "How many times as bad as in the baseline something has to be; it has to be more than noise, too.",
            valueName: "factor"))
    var failOver = 1.2

    @Option(
        help: ArgumentHelp(
            "Find the first kernel on which this case, workload or command fails, trying as few as possible.",
            valueName: "case-or-run"))
    var bisect: String?

    @Option(
        help: ArgumentHelp(
            "With --bisect: it fails too where it costs more than this many times what it does on the bare file system.",
            valueName: "ratio"))
    var slowerThan: Double?

    @OptionGroup var output: ReportOptions
    @Option(help: ArgumentHelp("Write everything as JSON.", valueName: "file"), completion: .file())
    var json: String?

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    func run() throws {
        try checkNames()
        let (commands, backings) = (try measure.request(), try measure.backings())
        if commands != nil, !workloads.isEmpty {
            throw ValidationError("--workload is for the built-in workloads: with --image it is --run")
        }
        let target = try bisect.map { try sought($0, commands) }
        let earlier = try baseline.map { Baseline(try ReportOptions.read($0), factor: failOver) }
        let store = try storeOptions.cleanStore(log.logger())
        var request = try request(in: store, on: backings)
        target?.narrow(&request)
        do {
            try store.withTemporaryDirectory { place in
                if let commands, let image = measure.image {
                    let archive = place.appending("image.tar")
                    try storeOptions.images(log.logger())
                        .save([image], as: .dockerArchive, to: .path(archive), progress: nil)
                    request.commands = Laboratory.Commands(
                        words: measure.words, names: commands.workloads, archive: archive)
                }
                let laboratory = Laboratory(request, in: place, progress: Self.progress)
                if let target { return try search(target, with: laboratory, request.kernels.map(\.name)) }
                let report = try laboratory.run()
                try write(report)
                try judge(report, against: earlier)
            }
        } catch LabError.interrupted {
            // As a shell reports a program that SIGINT has ended.
            throw ExitCode(130)
        }
    }

    /// What every kernel is asked for.
    private func request(
        in store: Store, on backings: [DriverCapabilities.Ground]
    ) throws -> Laboratory.Request {
        var request = Laboratory.Request()
        request.kernels = try kernels.flatMap { try LabKernel.all($0, cache: Self.packages) }
        (request.drivers, request.cases, request.workloads) = (drivers, cases, workloads)
        request.limit = timeLimit
        request.backings = backings.map(\.type)
        let entries = CommandLineProgram.registry.all(for: store)
        let known = entries.compactMap(\.driver?.name)
        for name in drivers where !known.contains(name) {
            throw StorageError.unknownDriver(name: name, known: known)
        }
        let grounds = entries.compactMap { $0.driver?.capabilities.ground } + backings
        request.makers = Set(grounds.compactMap(\.maker.first)).sorted()
        request.driverPrograms = entries.compactMap { $0.driver == nil ? nil : $0.path }
        request.modules = modules.map { FilePath($0).absolute }
        return request
    }

    private func write(_ report: ComparisonReport) throws {
        if let json { try TextFile.write(report.text(), to: FilePath(json)) }
        try output.write(report, workloads: workloads)
    }

    /// Ends with the exit status that the report deserves.
    private func judge(_ report: ComparisonReport, against baseline: Baseline?) throws {
        guard let baseline else {
            if report.kernels.contains(where: \.hasFailed) { throw ExitCode(1) }
            return
        }
        let changes = baseline.changes(in: report)
        printLine("")
        for line in BaselineText(changes, factor: failOver).lines { printLine(line) }
        if changes.contains(where: \.isRegression) { throw ExitCode(2) }
        // What failed before is no news; what the baseline does not know may be anything.
        if report.kernels.contains(where: { $0.hasFailed && baseline.isNew($0, in: report) }) {
            throw ExitCode(1)
        }
    }

    // MARK: Bisection

    private func sought(_ name: String, _ commands: CommandBenchmark.Request?) throws -> BisectionTarget {
        if let slowerThan, !(slowerThan > 0) { throw ValidationError("--slower-than must be more than 0") }
        if ConformanceKit.cases.contains(where: { $0.id == name }) {
            if slowerThan != nil { throw ValidationError("--slower-than: a case is not measured") }
            return .conformance(name)
        }
        if let commands {
            if commands.workloads.contains(name) { return .command(name, slowerThan: slowerThan) }
        } else if Benchmark.workloadIDs.contains(name) {
            return .workload(name, slowerThan: slowerThan)
        }
        throw ValidationError("--bisect '\(name)': no case, no workload, and no --run of that name")
    }

    private func search(_ target: BisectionTarget, with laboratory: Laboratory, _ names: [String]) throws {
        var (report, words) = (ComparisonReport(), [Int: String]())
        let bisection = try Bisection.first(of: names.count) { index in
            let kernel = try laboratory.examine(index)
            report.kernels.append(kernel)
            let verdict = target.verdict(on: kernel)
            words[index] = verdict.text
            Self.progress("\(names[index]): \(verdict.text)")
            return verdict.isBad
        }
        try write(report)
        printLine("")
        let tried = bisection.tried.map { names[$0] }.joined(separator: ", ")
        var lines = ["\(bisection.tried.count) of \(names.count) kernels were tried, in this order: \(tried)"]
        lines += bisection.skipped.map { "\(names[$0]) cannot tell: \(words[$0] ?? "")" }
        if let good = bisection.good { lines.append("last good: \(names[good])") }
        for line in lines { printLine(line.printable) }
        guard let bad = bisection.bad else {
            printLine("\(target.name) fails on none of them")
            throw ExitCode(1)
        }
        printLine("first bad: \(names[bad]): \(words[bad] ?? "")".printable)
    }

    private static func progress(_ line: String) {
        var text = Array("\(line.printable)\n".utf8)
        Glibc.write(STDERR_FILENO, &text, text.count)
    }

    /// Where kernels from packages are unpacked.
    private static let packages: FilePath = "/var/cache/mydocker/kernels"

    /// Refuses what nothing could come of.
    private func checkNames() throws {
        for id in cases where !ConformanceKit.cases.contains(where: { $0.id == id }) {
            throw ValidationError("there is no case '\(id)'")
        }
        for id in workloads where !Benchmark.workloadIDs.contains(id) {
            throw ValidationError("there is no workload '\(id)'")
        }
        if !(failOver >= 1) { throw ValidationError("--fail-over must be at least 1") }
        if bisect != nil, baseline != nil { throw ValidationError("--bisect and --baseline: one of them") }
        if slowerThan != nil, bisect == nil { throw ValidationError("--slower-than needs --bisect") }
        if timeLimit < 1 { throw ValidationError("--time-limit must be at least 1") }
    }
}

extension BisectionTarget {
    /// Leaves out of what is done on each kernel all that says nothing about this.
    fileprivate func narrow(_ request: inout Laboratory.Request) {
        switch self {
        case .conformance(let id):
            request.cases = [id]
            request.measures = false
        case .workload(let id, _):
            request.workloads = [id]
            request.tries = false
        case .command: request.tries = false
        }
    }
}
