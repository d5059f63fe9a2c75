public import Core

/// An option that says what is to be measured, and cannot be used.
public struct InvalidCommand: Explained, Equatable {
    let option: String
    let value: String
    let reason: String

    /// What the user is told.
    public var explanation: Explanation { Explanation("\(option) '\(value)': \(reason)") }
}
