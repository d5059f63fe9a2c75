internal import Logging

/// The options before a command's name, for every command: `mydocker --root DIR ps`.
///
/// What a command is told itself, after its name, comes first.
struct GlobalOptions: Equatable {
    var root: String?
    var storage: String?
    var logLevel: Logger.Level?
    var logFormat: LogFormat?

    /// What the process was given.
    ///
    /// Set once, by ``CommandLineProgram``, in a process with one thread.
    nonisolated(unsafe) static var given = GlobalOptions()

    init() {}

    /// Takes the options from the beginning of the words; what is none of them stays.
    ///
    /// - Throws: ``UsageError/noValue(of:)`` and ``UsageError/wrongValue(_:of:)``.
    init(takenFrom words: inout ArraySlice<String>) throws(UsageError) {
        while let word = words.first, word.hasPrefix("-") {
            if word == "-D" || word == "--debug" {
                logLevel = .debug
                words.removeFirst()
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard ["--root", "--storage", "--log-level", "-l", "--log-format"].contains(name) else { return }
            words.removeFirst()
            guard let value = parts.count == 2 ? String(parts[1]) : words.popFirst() else {
                throw .noValue(of: name)
            }
            try set(name, value)
        }
    }

    private mutating func set(_ name: String, _ value: String) throws(UsageError) {
        switch name {
        case "--root": root = value
        case "--storage": storage = value
        case "--log-format":
            guard let format = LogFormat(rawValue: value) else { throw .wrongValue(value, of: name) }
            logFormat = format
        default:
            guard let level = Logger.Level(rawValue: value) else { throw .wrongValue(value, of: name) }
            logLevel = level
        }
    }
}
