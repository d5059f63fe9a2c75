internal import Host

/// Users, or groups, of a user namespace that are others outside of it, each the one at the same place
/// (user_namespaces(7), "User and group ID mappings").
public struct IDRange: Sendable, Equatable {
    /// The first inside.
    public var inside: UInt32
    /// The first outside.
    public var outside: UInt32
    /// How many there are.
    public var count: UInt32

    /// A range from its parts.
    public init(inside: UInt32, outside: UInt32, count: UInt32) {
        (self.inside, self.outside, self.count) = (inside, outside, count)
    }

    /// From what a user writes: INSIDE:OUTSIDE:COUNT.
    ///
    /// - Throws: ``RunError/invalidOption(option:value:reason:)``.
    init(_ text: String, option: String, whole: String) throws {
        let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt32($0) }
        guard numbers.count == 3, let inside = numbers[0], let outside = numbers[1], let count = numbers[2]
        else {
            throw RunError.invalidOption(
                option: option, value: whole, reason: "not of the form CONTAINER:HOST:SIZE")
        }
        // The largest number means "nobody" to the kernel.
        guard count > 0, !inside.addingReportingOverflow(count).overflow,
            !outside.addingReportingOverflow(count).overflow
        else {
            throw RunError.invalidOption(
                option: option, value: whole, reason: "\(text) is empty, or goes beyond the largest number")
        }
        self.init(inside: inside, outside: outside, count: count)
    }

    /// As ``init(_:option:whole:)`` reads it.
    public var text: String { "\(inside):\(outside):\(count)" }

    func contains(outside number: UInt32) -> Bool { number >= outside && number - outside < count }

    func contains(inside number: UInt32) -> Bool { number >= inside && number - inside < count }

    /// True if any is in both, inside or outside.
    func meets(_ other: IDRange) -> Bool {
        inside < other.inside + other.count && other.inside < inside + count
            || outside < other.outside + other.count && other.outside < outside + count
    }
}
