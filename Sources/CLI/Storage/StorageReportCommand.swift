internal import ArgumentParser
internal import Core
internal import DriverComparison
internal import SystemPackage

/// `mydocker storage report`.
struct StorageReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Show reports of storage compare, several as one.",
        discussion: """
            Kernels of the same name in different reports are told apart by their files' names: host (laptop). Only ratios \
            to the bare file system of the same kernel are compared.
            """)

    @Argument(help: "Reports, as storage compare --json writes them.", completion: .file())
    var files: [String]

    @OptionGroup var output: ReportOptions
    @Option(help: ArgumentHelp("Write all of them as one.", valueName: "file"), completion: .file())
    var json: String?

    @OptionGroup var log: LogOptions

    func run() throws {
        let stems = files.map { FilePath($0).stem ?? $0 }
        let reports = try files.enumerated().map { index, file in
            let isAlone = stems.count { $0 == stems[index] } == 1
            let name =
                isAlone ? stems[index] : Set(files).count == files.count ? file : "\(file), \(index + 1)"
            return (name: name, report: try ReportOptions.read(file))
        }
        let report = ComparisonReport(merging: reports)
        if let json { try TextFile.write(report.text(), to: FilePath(json)) }
        try output.write(report)
    }
}
