internal import ArgumentParser
internal import Core

/// `mydocker container inspect`.
struct ContainerInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Print all about containers as JSON.")

    @OptionGroup var options: InspectOptions

    @Argument(help: "The containers' names, IDs, or the beginnings of those.", completion: .containers)
    var containers: [String]

    func run() throws {
        let store = try options.store()
        try options.show(containers) { try Containers(store).find($0).details() }
    }
}
