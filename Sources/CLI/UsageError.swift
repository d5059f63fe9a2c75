internal import Core

/// A command line that means nothing.
enum UsageError: Explained, Equatable {
    /// A word in the place of a command; the names before it, and the commands that may have been meant.
    case noCommand(String, of: [String], similar: [String])
    /// A word in the place of an option.
    case noOption(String, of: [String], similar: [String])

    var explanation: Explanation {
        switch self {
        case .noCommand(let word, let names, let similar):
            let place = (["mydocker"] + names).joined(separator: " ")
            return Explanation(
                "\"\(word)\" is no command of \(place)",
                remedy: Self.question(similar.map { "mydocker \($0)" }) ?? Self.hints[word]
                    ?? "see: \(place) --help")
        case .noOption(let word, let names, let similar):
            let place = (["mydocker"] + names).joined(separator: " ")
            return Explanation(
                "Unknown option '\(word)'",
                remedy: (Self.question(similar).map { $0 + " " } ?? "") + "see: \(place) --help")
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
