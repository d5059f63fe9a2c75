/// One thing that every storage driver must survive: a case of the conformance list.
public struct ConformanceCase: Sendable {
    /// Its name in the list: "C10".
    public let id: String
    /// What holds, in a few words.
    public let title: String
    let body: @Sendable (ConformanceScene) throws -> String?

    /// A case.
    ///
    /// - Parameter body: throws if the driver fails; returns what a driver was held to that declares to be
    ///   different here, or nil.
    init(
        declaring id: String, _ title: String,
        _ body: @escaping @Sendable (ConformanceScene) throws -> String?
    ) {
        self.id = id
        self.title = title
        self.body = body
    }

    /// A case with one answer for all drivers.
    init(_ id: String, _ title: String, _ body: @escaping @Sendable (ConformanceScene) throws -> Void) {
        self.init(declaring: id, title) { scene in
            try body(scene)
            return nil
        }
    }
}

/// What came of one case with one driver.
public struct ConformanceResult: Sendable, Codable {
    /// How it ended.
    public enum Verdict: String, Sendable, Codable {
        /// The driver does what all drivers do.
        case passed
        /// The driver does exactly what it declares to do differently.
        case declared
        /// The driver does not.
        case failed
        /// This machine cannot try it.
        case skipped
    }

    /// The driver's name.
    public let driver: String
    /// The case's name in the list.
    public let id: String
    /// What was tried.
    public let title: String
    /// How it ended.
    public let verdict: Verdict
    /// What was declared, what failed, or why it was skipped.
    public let detail: String?
    /// How long it took, in milliseconds.
    public let milliseconds: Int
}

/// The driver does not do what it should.
struct ConformanceFailure: Error {
    let reason: String
}

/// This machine cannot try a case.
struct ConformanceSkip: Error {
    let reason: String
}

/// - Throws: ``ConformanceFailure`` unless `condition` holds.
func expect(_ condition: Bool, _ reason: @autoclosure () -> String) throws {
    if !condition { throw ConformanceFailure(reason: reason()) }
}

/// - Throws: ``ConformanceFailure`` unless the two are the same.
func expect<Value: Equatable>(_ actual: Value, is expected: Value, _ what: @autoclosure () -> String) throws {
    if actual != expected { throw ConformanceFailure(reason: "\(what()): \(actual), expected \(expected)") }
}

/// - Throws: ``ConformanceFailure`` unless `body` throws an error for which `isExpected` holds.
func expectError(
    _ what: @autoclosure () -> String, _ body: () throws -> Void, _ isExpected: (any Error) -> Bool
) throws {
    do { try body() } catch {
        if isExpected(error) { return }
        throw ConformanceFailure(reason: "\(what()): refused for the wrong reason: \(error)")
    }
    throw ConformanceFailure(reason: "\(what()): not refused")
}
