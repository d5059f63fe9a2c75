internal import ArgumentParser
internal import Core
internal import Glibc

/// `mydocker logs`.
struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Print what a container in the background has written.")

    @Flag(name: .shortAndLong, help: "Go on as long as the container runs.")
    var follow = false

    @Option(
        help: ArgumentHelp(
            "Only what was written since then: a time (2026-01-31T12:00:00Z), or how long ago (10m).",
            valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Only what was written until then, said in the same way.", valueName: "time"))
    var until: String?

    @Option(
        name: [.customShort("n"), .long], parsing: .unconditional,
        help: ArgumentHelp("Begin with so many of the last lines; all is the usual.", valueName: "number"))
    var tail: String?

    @Flag(name: .shortAndLong, help: "Put the time before each line.")
    var timestamps = false

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The container's name or ID.", completion: .containers)
    var container: String

    func run() throws {
        let query = ContainerLogQuery(
            tail: try lastLines(),
            since: try since.map { try MomentOption.parse($0, option: "--since") },
            until: try until.map { try MomentOption.parse($0, option: "--until") },
            follows: follow)
        let container = try Containers(try storeOptions.cleanStore(log.logger())).find(container)
        guard var reader = try container.log(query) else { return }
        var output = LogOutput(showsTimes: timestamps)
        guard follow else {
            while let entry = try reader.next() { try output.write(entry) }
            return try output.flush()
        }
        try reader.follow(while: { container.isRunning }, pause: { try output.flush() }) {
            try output.write($0)
        }
    }

    /// As docker has it, a number below zero is all of them.
    private func lastLines() throws -> Int? {
        guard let tail, tail != "all" else { return nil }
        guard let count = Int(tail) else {
            throw RunError.invalidOption(option: "--tail", value: tail, reason: "not a number, nor all")
        }
        return count < 0 ? nil : count
    }
}
