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
            A kernel is "host", a user-mode kernel (an executable), or a kernel image, which is booted under QEMU. Each \
            runs the conformance kit and a small benchmark on disks of its own; nothing of this machine is given to it.
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

    @Option(name: .customLong("workload"), help: ArgumentHelp("Only this workload.", valueName: "id"))
    var workloads: [String] = []

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
        let store = try storeOptions.cleanStore(log.logger())
        var request = Laboratory.Request()
        request.kernels = try kernels.map { try LabKernel($0) }
        (request.drivers, request.cases, request.workloads) = (drivers, cases, workloads)
        request.limit = timeLimit
        request.makers = CommandLineProgram.registry.drivers.compactMap {
            $0.capabilities.ground?.maker.first
        }
        request.modules = modules.map { FilePath($0).absolute }
        let report: LabReport
        do {
            report = try store.withTemporaryDirectory { place in
                try Laboratory(request, in: place) { line in
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
