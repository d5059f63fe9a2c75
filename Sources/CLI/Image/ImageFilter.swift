internal import Core

/// Which images a list shows: `--filter`, and the name behind the options.
struct ImageFilter {
    private let filters: Filters
    private let before: [PointInTime]
    private let since: [PointInTime]

    static let keys = ["reference", "dangling", "label", "before", "since", "until"]

    /// - Parameters:
    ///   - words: what `--filter` was given.
    ///   - name: a name or a pattern; nil for every image.
    ///   - store: where images that others are compared with are found.
    /// - Throws: ``UsageError``, ``ImageError`` or ``SystemCallError``.
    init(_ words: [String], name: String?, in store: ImageStore) throws {
        filters = try Filters(words + (name.map { ["reference=\($0)"] } ?? []), keys: Self.keys)
        _ = try filters.agrees("dangling", true)
        let moments = try filters["until"].map { text in
            PointInTime(nanoseconds: try MomentOption.parse(text, option: "--filter until"))
        }
        before = try filters["before"].map { Self.moment(try store.image($0)) } + moments
        since = try filters["since"].map { Self.moment(try store.image($0)) }
    }

    /// True if the list shows it.
    func shows(_ summary: ImageSummary) throws(UsageError) -> Bool {
        let made = Self.moment(summary.image)
        return try filters.agrees("dangling", summary.name == nil)
            && filters.matches(labels: summary.image?.config.labels ?? [:])
            && before.allSatisfy { made < $0 } && since.allSatisfy { $0 < made }
            && filters.any("reference") { pattern in
                guard let name = summary.name else { return false }
                return "\(name)".matches(pattern: pattern) || name.repository.matches(pattern: pattern)
            }
    }

    /// An image that does not say when it was made is older than any that does.
    private static func moment(_ image: Image?) -> PointInTime {
        PointInTime(image?.created) ?? PointInTime(nanoseconds: 0)
    }
}
