internal import ArgumentParser
internal import Core
internal import DriverBenchmark
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
            of them, or deb:VERSION, a package of Debian's. Each runs the conformance kit and a small benchmark on disks of \
            its own; nothing of this machine is given to it.

            With --image, commands of yours are measured instead, in containers of that image, which travels to every \
            kernel; see: mydocker storage bench --help
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
        name: [.short, .long], help: ArgumentHelp("Write a page with charts.", valueName: "file.html"),
        completion: .file())
    var output: String?

    @Option(help: ArgumentHelp("Write everything as JSON.", valueName: "file"), completion: .file())
    var json: String?

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    func run() throws {
        try checkNames()
        let (commands, backings) = (try measure.request(), try measure.backings())
        let store = try storeOptions.cleanStore(log.logger())
        var request = Laboratory.Request()
        request.kernels = try kernels.flatMap { try LabKernel.all($0, cache: Self.packages) }
        (request.drivers, request.cases, request.workloads) = (drivers, cases, workloads)
        request.limit = timeLimit
        request.backings = backings.map(\.type)
        let entries = CommandLineProgram.registry.all(for: store)
        let grounds = entries.compactMap { $0.driver?.capabilities.ground } + backings
        request.makers = Set(grounds.compactMap(\.maker.first)).sorted()
        request.driverPrograms = entries.compactMap { $0.driver == nil ? nil : $0.path }
        request.modules = modules.map { FilePath($0).absolute }
        let report: LabReport
        do {
            report = try store.withTemporaryDirectory { place in
                if let commands, let image = measure.image {
                    let archive = place.appending("image.tar")
                    try storeOptions.images(log.logger())
                        .save([image], as: .dockerArchive, to: .path(archive), progress: nil)
                    request.commands = Laboratory.Commands(
                        words: measure.words, names: commands.workloads, archive: archive)
                }
                return try Laboratory(request, in: place) { line in
                    var text = Array("\(line)\n".utf8)
                    write(STDERR_FILENO, &text, text.count)
                }.run()
            }
        } catch LabError.interrupted {
            // As a shell reports a program that SIGINT has ended.
            throw ExitCode(130)
        }
        if let json { try TextFile.write(report.text(), to: FilePath(json)) }
        if let output { try TextFile.write(ReportPage(report).html, to: FilePath(output)) }
        printLine(LabTable(report).text)
        if report.kernels.contains(where: \.hasFailed) { throw ExitCode(1) }
    }

    /// Where kernels from packages are unpacked.
    private static let packages: FilePath = "/var/cache/mydocker/kernels"

    /// Refuses what nothing could come of.
    private func checkNames() throws {
        let known = CommandLineProgram.registry.drivers.map(\.name)
        for name in drivers where !known.contains(name) {
            throw StorageError.unknownDriver(name: name, known: known)
        }
        for id in cases where !ConformanceKit.cases.contains(where: { $0.id == id }) {
            throw ValidationError("there is no case '\(id)'")
        }
        for id in workloads where !Benchmark.workloadIDs.contains(id) {
            throw ValidationError("there is no workload '\(id)'")
        }
        if timeLimit < 1 { throw ValidationError("--time-limit must be at least 1") }
    }
}
