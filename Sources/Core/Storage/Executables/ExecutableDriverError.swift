public import Host
public import SystemPackage

/// An executable driver that did not do what it was asked.
public struct ExecutableDriverError: Explained, Equatable {
    /// The driver's name.
    public let driver: String
    /// What it was asked: "prepare".
    public let verb: String
    /// What went wrong.
    public let reason: Reason
    /// What it printed on its standard error, if anything.
    public let words: String

    /// What went wrong.
    public enum Reason: Sendable, Equatable {
        /// The executable is not there, or not root's alone.
        case refused(String)
        /// It said so itself.
        case said(problem: String, remedy: String?, errno: Errno?)
        /// It was killed: it took longer than that many milliseconds.
        case tookTooLong(milliseconds: Int)
        /// It ended with another status than 0.
        case crashed(status: Int)
        /// Its answer is longer than that.
        case answerTooLong(limit: Int)
        /// Its answer is no JSON.
        case notJSON(String)
        /// A field of its answer is not what it has to be.
        case wrongField(String, String)
        /// It cannot be told a path that is not UTF-8.
        case pathNotText(String)
        /// A system call of this side failed.
        case failed(SystemCallError)
    }

    /// What a system call of the driver failed with, if that is what it said.
    public var errno: Errno? {
        if case .said(_, _, let errno) = reason { errno } else { nil }
    }

    init(_ driver: String, _ verb: DriverVerb, _ reason: Reason, words: String = "") {
        self.driver = driver
        self.verb = verb.rawValue
        self.reason = reason
        self.words = words
    }

    /// What the user is told.
    public var explanation: Explanation {
        let said = words.isEmpty ? "" : " (driver \(driver) says: \(words))"
        let (problem, remedy): (String, String?) =
            switch reason {
            case .refused(let why): ("the storage driver \(driver) is not run: \(why)", nil)
            case .said(let problem, let remedy, _):
                (
                    "the storage driver \(driver) cannot \(DriverVerb(rawValue: verb)?.phrase ?? verb): \(problem)",
                    remedy
                )
            case .tookTooLong(let milliseconds):
                (
                    "the storage driver \(driver) did not answer \(verb) in \(Self.time(milliseconds)) and was killed",
                    nil
                )
            case .crashed(let status):
                (
                    "the storage driver \(driver) crashed in \(verb): it ended with status \(status)",
                    Self.advice
                )
            case .answerTooLong(let limit):
                ("the storage driver \(driver) answered \(verb) with more than \(limit) bytes", Self.advice)
            case .notJSON(let why):
                (
                    "the storage driver \(driver) answered \(verb) with something that is no JSON: \(why)",
                    Self.advice
                )
            case .wrongField(let field, let why):
                ("the storage driver \(driver) answered \(verb) wrongly: \(field) \(why)", Self.advice)
            case .pathNotText(let path):
                (
                    "the storage driver \(driver) cannot be told a path that is not UTF-8: \(path)",
                    "choose another path"
                )
            case .failed(let error):
                (
                    "the storage driver \(driver) could not be asked to \(DriverVerb(rawValue: verb)?.phrase ?? verb): \(error.explanation.problem)",
                    error.explanation.remedy
                )
            }
        return Explanation(problem + said, remedy: remedy)
    }

    private static let advice =
        "tell the driver's author (docs/driver-protocol.md says what it has to answer)"

    private static func time(_ milliseconds: Int) -> String {
        milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
    }
}
