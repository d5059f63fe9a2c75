internal import ArgumentParser
internal import Core

/// `mydocker update`.
struct UpdateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change the limits of containers, whether they run or not.",
        discussion: "0, or what else is no limit for run, lifts one.")

    @OptionGroup(title: "Limits") var limits: LimitOptions

    @Option(
        help: ArgumentHelp(
            "When it is started again: no, on-failure[:number], always, unless-stopped.", valueName: "policy"),
        completion: .list(["no", "on-failure", "always", "unless-stopped"]))
    var restart: String?

    @OptionGroup var containers: ContainersArgument

    func run() throws {
        let words = limits.words
        let policy = try restart.map { try RestartPolicy($0) }
        guard !words.isEmpty || policy != nil else { throw ValidationError("nothing is to be changed") }
        try containers.forEach { name, store, _ in
            try ContainerUpdate(in: store).update(name, restart: policy) { limits in
                for word in words { try word.set(&limits) }
            }
        }
    }
}
