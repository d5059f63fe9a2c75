internal import ArgumentParser
internal import Core
internal import Glibc
internal import Logging

/// The one place where errors become what the user reads, and an exit status.
enum ErrorReport {
    /// Tells the user about `error` on the standard error; returns what to exit with.
    static func status(of error: any Error) -> Int32 {
        switch error {
        // First: to ask for a type is quick, and to ask for a protocol is not.
        case let code as ExitCode:
            return code.rawValue
        case let error as any Explained:
            let explanation = error.explanation
            say(explanation.problem, remedy: explanation.remedy)
            return ((error as? RunError)?.exitStatus ?? .ownError).rawValue
        default:
            return parserStatus(of: error)
        }
    }

    /// Does something with each of several objects, and tells the user of each error: the others are done all the same.
    ///
    /// - Parameter finish: what is done after the last, whether or not one has failed.
    /// - Throws: what `finish` throws; `ExitCode` in the end, if one has failed.
    static func forEach<Object>(
        _ objects: [Object], finally finish: () throws -> Void = {}, _ body: (Object) throws -> Void
    ) throws {
        var status: Int32 = 0
        for object in objects {
            do { try body(object) } catch { status = Self.status(of: error) }
        }
        try finish()
        if status != 0 { throw ExitCode(status) }
    }

    /// Help and version requests arrive as errors too, and are none.
    private static func parserStatus(of error: any Error) -> Int32 {
        let text = MydockerCommand.fullMessage(for: error)
        if MydockerCommand.exitCode(for: error) == .success {
            printLine(text)
            return 0
        }
        let problem = MydockerCommand.message(for: error)
        let place = (["mydocker"] + CommandLineProgram.commandNames).joined(separator: " ")
        say(problem.isEmpty ? "\(error)" : problem, remedy: "see: \(place) --help")
        return ExitStatus.ownError.rawValue
    }

    private static func say(_ problem: String, remedy: String?) {
        // In the order in which it was said.
        StandardOutput.shared.flush()
        if LogOptions.format == .json {
            Logger(label: "mydocker", factory: { _ in StandardErrorLog(format: .json) })
                .error("\(problem)", metadata: remedy.map { ["remedy": "\($0)"] })
            return
        }
        var text = Array("mydocker: \(problem)\n\(remedy.map { "mydocker: \($0)\n" } ?? "")".utf8)
        write(STDERR_FILENO, &text, text.count)
    }
}
