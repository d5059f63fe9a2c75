internal import ArgumentParser
internal import Core
internal import Logging

/// `mydocker ps`.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps", abstract: "List containers: those that run, and with -a those that were kept.")

    @Flag(name: .shortAndLong, help: "List the containers that have ended and were kept, too.")
    var all = false

    @Flag(name: .shortAndLong, help: "Print the IDs only.")
    var quiet = false

    @Flag(help: "Print commands in full.")
    var noTrunc = false

    @Option(help: ArgumentHelp("How to print: table, or json for an object a line.", valueName: "format"))
    var format = ListFormat.table

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    /// One container as JSON, in docker's words.
    private struct Line: Encodable {
        let id, image, command, createdAt, runningFor, state, status, names, storage: String
        let pid: Int32?
        let exitCode: UInt8?

        enum CodingKeys: String, CodingKey {
            case id = "ID"
            case image = "Image"
            case command = "Command"
            case createdAt = "CreatedAt"
            case runningFor = "RunningFor"
            case state = "State"
            case status = "Status"
            case names = "Names"
            case storage = "Storage"
            case pid = "Pid"
            case exitCode = "ExitCode"
        }
    }

    func run() throws {
        let logger = log.logger()
        let containers = Containers(try storeOptions.cleanStore(logger))
        let records = try containers.all { logger.warning("\($0.explanation.problem)") }
            .filter { all || $0.finished == nil }
        // The newest first.
        let lines = records.sorted { ($0.created, $0.id) > ($1.created, $1.id) }.map(line)
        if quiet {
            for line in lines { printLine(line.id) }
        } else if format == .json {
            try lines.forEach(printJSONLine)
        } else {
            printTable(
                ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "STORAGE", "NAMES"],
                lines.map { [$0.id, $0.image, $0.command, $0.runningFor, $0.status, $0.storage, $0.names] })
        }
    }

    private func line(_ record: ContainerRecord) -> Line {
        let created = PointInTime(nanoseconds: record.created)
        let (state, status) = state(of: record)
        let command = "\"\(record.command.joined(separator: " ").printable)\""
        return Line(
            id: record.id, image: record.image.printable,
            command: noTrunc || command.count <= 22 ? command : command.prefix(20) + "…\"",
            createdAt: created.text, runningFor: created.age, state: state, status: status,
            names: record.name, storage: record.driver, pid: record.process, exitCode: record.exitStatus)
    }

    private func state(of record: ContainerRecord) -> (String, String) {
        guard let finished = record.finished else {
            guard record.isRunning else { return ("created", "Created") }
            return ("running", "Up \(PointInTime(nanoseconds: record.created).passed)")
        }
        // Unknown: the mydocker that watched over it was killed.
        let code = record.exitStatus.map { "\($0)" } ?? "unknown"
        return ("exited", "Exited (\(code)) \(PointInTime(nanoseconds: finished).age)")
    }
}
