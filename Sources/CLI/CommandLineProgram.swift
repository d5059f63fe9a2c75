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

    /// Runs the command that the process's arguments ask for, and exits with its status.
    ///
    /// - Parameter drivers: the storage drivers, in the order in which they are preferred.
    public static func main(drivers: [any StorageDriver]) -> Never {
        openStandardStreams()
        registry = DriverRegistry(drivers)
        do {
            try run()
            exit(0)
        } catch {
            exit(ErrorReport.status(of: error))
        }
    }

    private static func run() throws {
        let words = CommandLine.arguments.dropFirst()
        if words.first == RunCommand.name, let options = RunOptions(words.dropFirst()) {
            return try options.run(LogOptions.logger())
        }
        var command = try MydockerCommand.parseAsRoot()
        try command.run()
    }

    /// A program started with closed standard streams must not hand its next descriptor out as one of them.
    private static func openStandardStreams() {
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
            _ = open("/dev/null", stream == STDIN_FILENO ? O_RDONLY : O_WRONLY)
        }
        // A reader that goes away ends a write with EPIPE, not the program in the middle of its clean-up.
        signal(SIGPIPE, SIG_IGN)
    }
}
