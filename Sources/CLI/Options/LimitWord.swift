internal import Core

/// A limit as it was given: its option, by the longer name, and the text.
struct LimitWord: Equatable {
    let option: String
    let text: String

    init(_ option: String, _ text: String) {
        self.option = option
        self.text = text
    }

    /// Sets it.
    func set(_ limits: inout ResourceLimits) throws(CgroupError) { try limits.set(option, to: text) }
}
