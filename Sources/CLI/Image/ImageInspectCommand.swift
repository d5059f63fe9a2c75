internal import ArgumentParser
internal import Core

/// `mydocker image inspect`.
struct ImageInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Print all about images as JSON.")

    @OptionGroup var options: InspectOptions

    @Argument(help: "The images' names or IDs.", completion: .images)
    var images: [String]

    func run() throws {
        let store = ImageStore(at: try options.store().images)
        try options.show(images) { try store.details(of: $0) }
    }
}
