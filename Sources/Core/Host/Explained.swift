/// What a user is told about a failure: what failed, why, and what to do.
///
/// Every error type of this package says so about itself, and the command line turns it into the sentence
/// that the user reads, in one place.
public struct Explanation: Sendable, Equatable {
    /// What failed and why, one line without a final full stop: "cannot create /x: No space left on device".
    public var problem: String
    /// What the user can do about it, one line; nil when the problem says it all.
    public var remedy: String?

    /// An explanation from its two lines; control characters are escaped, because names in it may be hostile.
    public init(_ problem: String, remedy: String? = nil) {
        self.problem = problem.printable
        self.remedy = remedy?.printable
    }
}

/// An error that can explain itself to a user.
public protocol Explained: Error, Sendable {
    /// What the user is told.
    var explanation: Explanation { get }
}

extension Error {
    /// What went wrong, in one line.
    package var problem: String { (self as? any Explained)?.explanation.problem ?? "\(self)" }
}
