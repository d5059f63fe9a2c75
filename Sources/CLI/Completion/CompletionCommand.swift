internal import ArgumentParser

/// `mydocker completion`.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print the script with which a shell completes commands.",
        discussion: "For this shell alone, in bash or zsh: source <(mydocker completion bash)")

    @Argument(help: "The shell: bash, zsh or fish.")
    var shell: CompletionScript

    func run() throws { printLine(shell.text, terminator: "") }
}
