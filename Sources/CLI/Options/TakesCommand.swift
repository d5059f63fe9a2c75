internal import ArgumentParser
internal import Core

/// A command whose options end at its first other word: that and what follows is for a container.
protocol TakesCommand: ParsableCommand {}

extension TakesCommand {
    /// Its options, by the one reader that there is: the general parser, which called, has found no fault with them.
    ///
    /// - Parameters:
    ///   - words: what the parser took for the container's; even `--help`, when words follow.
    ///   - given: all that was given after the command's name.
    /// - Throws: `CleanExit` for help; ``UsageError/noOption(_:of:similar:)``.
    func givenOptions(
        _ words: [String], of given: ArraySlice<String> = CommandLineProgram.commandWords
    ) throws -> RunOptions {
        if let options = RunOptions(given) { return options }
        let word = words.first ?? given.first ?? ""
        if word == "--help" { throw CleanExit.helpRequest(Self.self) }
        throw UsageError.noOption(
            word, of: [Self.name],
            similar: CommandOptions(of: Self.self).similar(to: word))
    }
}
