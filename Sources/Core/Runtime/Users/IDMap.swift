internal import Host

/// Who the users and groups of a container are outside of it.
public struct IDMap: Sendable, Equatable {
    /// The users.
    public var users: [IDRange]
    /// The groups.
    public var groups: [IDRange]

    /// The kernel takes no more lines (UID_GID_MAP_MAX_EXTENTS).
    private static let mostRanges = 340

    /// The same for users and groups: one range.
    public init(first outside: UInt32, count: UInt32) {
        users = [IDRange(inside: 0, outside: outside, count: count)]
        groups = users
    }

    /// A map from its parts.
    package init(users: [IDRange], groups: [IDRange]) {
        (self.users, self.groups) = (users, groups)
    }

    /// From what a user writes, ranges separated by commas: `--userns`, `--uidmap`, `--gidmap`.
    ///
    /// - Throws: ``RunError/invalidOption(option:value:reason:)``.
    public init(users: String, option: String, groups: String?, groupOption: String) throws {
        self.users = try Self.ranges(users, option)
        self.groups = try groups.map { try Self.ranges($0, groupOption) } ?? self.users
    }

    private static func ranges(_ text: String, _ option: String) throws -> [IDRange] {
        func refuse(_ reason: String) -> RunError {
            .invalidOption(option: option, value: text, reason: reason)
        }
        let ranges = try text.split(separator: ",", omittingEmptySubsequences: false).map {
            try IDRange(String($0), option: option, whole: text)
        }
        guard ranges.count <= mostRanges else { throw refuse("more than \(mostRanges) ranges") }
        for (number, range) in ranges.enumerated() where ranges[..<number].contains(where: range.meets) {
            throw refuse("\(range.text) and another range have numbers in common")
        }
        guard ranges.contains(where: { $0.contains(inside: 0) }) else {
            throw refuse("nobody is root (0) in the container")
        }
        return ranges
    }

    /// Whom a user inside is outside; nil if nobody.
    package func outside(user: UInt32) -> UInt32? { Self.outside(user, users) }

    /// Whom a group inside is outside; nil if nobody.
    package func outside(group: UInt32) -> UInt32? { Self.outside(group, groups) }

    /// Who a user outside is inside; nil if nobody.
    package func inside(user: UInt32) -> UInt32? { Self.inside(user, users) }

    /// Who a group outside is inside; nil if nobody.
    package func inside(group: UInt32) -> UInt32? { Self.inside(group, groups) }

    private static func outside(_ number: UInt32, _ ranges: [IDRange]) -> UInt32? {
        ranges.first { $0.contains(inside: number) }.map { $0.outside + (number - $0.inside) }
    }

    private static func inside(_ number: UInt32, _ ranges: [IDRange]) -> UInt32? {
        ranges.first { $0.contains(outside: number) }.map { $0.inside + (number - $0.outside) }
    }

    /// The root's numbers outside: an ``IDMap`` that was read has them.
    package var root: (user: UInt32, group: UInt32) { (outside(user: 0) ?? 0, outside(group: 0) ?? 0) }
}
