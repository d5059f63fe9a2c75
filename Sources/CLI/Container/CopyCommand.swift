internal import ArgumentParser
internal import Core

/// `mydocker cp`.
struct CopyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cp",
        abstract: "Copy files between a container and the host.",
        usage:
            "mydocker cp [<options>] CONTAINER:PATH LOCAL|-\n       mydocker cp [<options>] LOCAL|- CONTAINER:PATH",
        discussion: """
            A directory is copied into a target that exists and under the target's name otherwise; with /. at its \
            end, only its content is. - is a tar archive on the standard input or output.
            """)

    @Flag(name: [.customShort("a"), .customLong("archive")], help: "Keep the owners.")
    var keepsOwners = false

    @Flag(name: [.customShort("L"), .long], help: "Copy what a link at the end of the source leads to.")
    var followLink = false

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "What is copied.", completion: .containerPaths)
    var source: String

    @Argument(help: "Where to.", completion: .containerPaths)
    var target: String

    func run() throws {
        let logger = log.logger()
        let copy = ContainerCopy(
            store: try storeOptions.cleanStore(logger), logger: logger)
        try copy.copy(
            ContainerCopy.Side(source), to: ContainerCopy.Side(target), follows: followLink,
            keepsOwners: keepsOwners)
    }
}
