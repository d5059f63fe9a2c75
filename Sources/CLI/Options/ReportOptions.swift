internal import ArgumentParser
internal import Core
internal import DriverComparison
internal import Glibc
internal import SystemPackage

/// How a comparison is shown.
struct ReportOptions: ParsableArguments {
    @Option(
        name: [.short, .long], help: ArgumentHelp("Write a page with charts.", valueName: "file.html"),
        completion: .file())
    var output: String?

    @Flag(help: "Print tables in Markdown, for an issue or a merge request.")
    var markdown = false

    /// Writes the page if there is to be one, and prints the rest.
    func write(_ report: ComparisonReport, workloads: [String] = []) throws {
        if let output { try TextFile.write(ReportPage(report).html, to: FilePath(output)) }
        printLine(
            markdown ? MarkdownTable(report).text : ComparisonText(report, workloads: workloads).text)
    }

    /// Reads a report.
    ///
    /// - Throws: ``SystemCallError``, ``InvalidReport``.
    static func read(_ path: String) throws -> ComparisonReport {
        let bytes = try Descriptor(FilePath(path), O_RDONLY).readAll(limit: 256 << 20, subject: path)
        return try ComparisonReport(json: bytes, file: path)
    }
}
