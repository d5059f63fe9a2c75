internal import ArgumentParser
internal import Core
internal import Logging

/// `mydocker top`.
struct TopCommand: TakesCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Show the processes of a container, as ps of the host does.",
        usage: "mydocker top [<options>] <container> [<ps option> ...]",
        discussion: "The numbers are the host's. Without options of ps it is ps -ef.")

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp(
            "The container's name, ID, or the beginning of that; and what ps is asked for: -o pid,comm.",
            valueName: "word"), completion: .containers)
    var words: [String] = []

    func run() throws {
        if words.first == "--help" { throw CleanExit.helpRequest(Self.self) }
        let words = words.first == "--" ? words.dropFirst() : words[...]
        guard let container = words.first else { throw ValidationError("there is no container's name") }
        let store = try storeOptions.cleanStore(log.logger())
        let processes = try ContainerProcesses(
            of: container, in: store, arguments: Array(words.dropFirst()))
        printTable(processes.titles, processes.lines)
    }
}
