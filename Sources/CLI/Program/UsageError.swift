internal import Core

/// A command line that means nothing.
enum UsageError: Explained, Equatable {
    /// A word in the place of a command; the names before it, and the commands that may have been meant.
    case noCommand(String, of: [String], similar: [String])
    /// A word in the place of an option.
    case noOption(String, of: [String], similar: [String])
    /// Nothing behind an option.
    case noValue(of: String)
    /// A value that an option does not take.
    case wrongValue(String, of: String)
    /// What is no KEY=VALUE with one of the keys that `--filter` takes.
    case wrongFilter(String, keys: [String])
    /// A name that nothing of these kinds has.
    case noObject(String, kinds: [String])

    var explanation: Explanation {
        switch self {
        case .noCommand(let word, let names, let similar):
            let place = (["mydocker"] + names).joined(separator: " ")
            return Explanation(
                "\"\(word)\" is no command of \(place)",
                remedy: Self.hints[word] ?? Self.question(similar.map { "mydocker \($0)" })
                    ?? "see: \(place) --help")
        case .noOption(let word, let names, let similar):
            let place = (["mydocker"] + names).joined(separator: " ")
            return Explanation(
                "Unknown option '\(word)'",
                remedy: (Self.question(similar).map { $0 + " " } ?? "") + "see: \(place) --help")
        case .noValue(let option):
            return Explanation("Missing value for '\(option)'", remedy: "see: mydocker --help")
        case .wrongValue(let value, let option):
            return Explanation("'\(value)' is no value of \(option)", remedy: "see: mydocker --help")
        case .wrongFilter(let filter, let keys):
            return Explanation(
                "invalid filter '\(filter)'",
                remedy: "filters are KEY=VALUE, with one of: \(keys.joined(separator: ", "))")
        case .noObject(let name, let kinds):
            return Explanation(
                "there is no \(kinds.joined(separator: " or ")) called \"\(name)\"",
                remedy: "see: mydocker ps -a, mydocker images")
        }
    }

    private static func question(_ similar: [String]) -> String? {
        similar.isEmpty ? nil : "did you mean \(similar.prefix(3).joined(separator: " or "))?"
    }

    /// What there is for words that people know from elsewhere.
    private static let hints = [
        "pull": "images come from mydocker load, mydocker image import, or: " + ImageSource.copy("NAME:TAG")
    ]
}
