internal import ArgumentParser
internal import Core

/// `mydocker create`.
struct CreateCommand: TakesCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a container without starting it.",
        usage: "mydocker create [<options>] [<image>] <command> [<argument> ...]",
        discussion: "It takes the options of run; its ID is printed. mydocker start starts it.")

    @OptionGroup var container: ContainerOptions

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The image, if any, and the command.", valueName: "word"), completion: .images)
    var words: [String] = []

    func run() throws { try givenOptions(words).create() }
}
