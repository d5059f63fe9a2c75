internal import ArgumentParser
internal import Core

/// `mydocker volume inspect`.
struct VolumeInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Print all about volumes as JSON.")

    @OptionGroup var options: InspectOptions

    @Argument(help: "The volumes' names, or the beginnings of those.", completion: .volumes)
    var volumes: [String]

    func run() throws {
        let store = Volumes(try options.store())
        try options.show(volumes) { store.details(of: try store.find($0)) }
    }
}
