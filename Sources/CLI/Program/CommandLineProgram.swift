internal import ArgumentParser
public import Core
internal import Glibc
internal import Logging

/// The command line: `mydocker` with any set of storage drivers.
///
/// A program with a driver of its own is this one call:
/// ```swift
/// CommandLineProgram.main(drivers: [MyDriver(), OverlayDriver(), BindDriver()])
/// ```
public enum CommandLineProgram {
    /// Set once by ``main(drivers:)``, before anything reads it, in a process with a single thread.
    nonisolated(unsafe) static var registry = DriverRegistry([])

    /// The command that is run, for advice: "image", "load".
    ///
    /// Set as ``registry`` is.
    nonisolated(unsafe) private(set) static var commandNames: [String] = []

    /// The words after its name, as they were given.
    ///
    /// Set as ``registry`` is.
    nonisolated(unsafe) private(set) static var commandWords: ArraySlice<String> = []

    /// Runs the command that the process's arguments ask for, and exits with its status.
    ///
    /// - Parameter drivers: the storage drivers, in the order in which they are preferred.
    public static func main(drivers: [any StorageDriver]) -> Never {
        openStandardStreams()
        registry = DriverRegistry(
            drivers,
            executables: ExecutableDrivers {
                LogOptions.logger(LogOptions.level, LogOptions.format).notice("\($0)")
            })
        var status: Int32 = 0
        do { try run() } catch { status = ErrorReport.status(of: error) }
        do { try StandardOutput.shared.end() } catch { status = ErrorReport.status(of: error) }
        exit(status)
    }

    private static func run() throws {
        var words = CommandLine.arguments.dropFirst()
        if words.first == "--generate-completion-script" { words = ["completion"] + words.dropFirst() }
        if words.first?.hasPrefix("-") == true {
            GlobalOptions.given = try GlobalOptions(takenFrom: &words)
            if words.first == "-v" { words = ["--version"] }
            // For errors that come before the command has read its own.
            _ = LogOptions.logger(nil, nil)
        }
        let named = words.first == "container" ? words.dropFirst() : words
        if named.first == "run", let options = RunOptions(named.dropFirst()) {
            commandNames = ["run"]
            try becomeRoot()
            return try options.run()
        }
        if CompletionScript.isAsked(words) {
            try becomeRoot()
            return CompletionScript.answer(words)
        }
        let (path, normalized) = try CommandPath.normalized(Array(words))
        commandNames = path.names
        commandWords = path.rest
        var command = try MydockerCommand.parseAsRoot(normalized)
        // Words are for anybody: those for help and the version have ended the parser, or are all that there is to run.
        let isHelp = words.first == "help" || !path.command.configuration.subcommands.isEmpty
        if !isHelp && path.rest.first != "--help" { try becomeRoot() }
        try command.run()
    }

    /// As an ordinary user: goes on in a user namespace.
    private static func becomeRoot() throws {
        guard Rootless.isNeeded else { return }
        try Rootless.enter { LogOptions.logger(nil, nil).notice("\($0)") }
    }

    /// A program started with closed standard streams must not hand its next descriptor out as one of them.
    private static func openStandardStreams() {
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
            // A closed output stays one that cannot be written to.
            _ = open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY)
        }
        // A reader that goes away ends a write with EPIPE, not the program in the middle of its clean-up.
        signal(SIGPIPE, SIG_IGN)
    }
}
