/// What several repetitions of one measurement came to.
public struct Samples: Sendable, Codable, Equatable {
    /// Every repetition's value, in the order in which they were taken.
    public let values: [Double]

    /// Samples; at least one.
    public init(_ values: [Double]) {
        self.values = values
    }

    /// The middle value.
    public var median: Double { quantile(0.5) }

    /// How far apart the middle half of the values is, relative to the median: 0 for no noise at all.
    public var spread: Double { median == 0 ? 0 : (quantile(0.75) - quantile(0.25)) / median }

    /// The median's ratio to that of others; nil without them, and if that is 0.
    func ratio(to other: Samples?) -> Double? {
        guard let other, other.median > 0 else { return nil }
        return median / other.median
    }

    /// How likely a difference to others like this is by chance (``RankTest``).
    func p(against other: Samples) -> Double? { RankTest.p(values, other.values) }

    /// True if they differ from others by no more than noise, as far as that can be told.
    public func isLike(_ other: Samples) -> Bool { p(against: other).map { $0 >= RankTest.level } ?? false }

    /// The value below which `share` of them lie, between two of them in proportion.
    public func quantile(_ share: Double) -> Double {
        let sorted = values.sorted()
        guard let last = sorted.last else { return 0 }
        let place = share * Double(sorted.count - 1)
        let index = Int(place)
        guard index + 1 < sorted.count else { return last }
        return sorted[index] + (sorted[index + 1] - sorted[index]) * (place - Double(index))
    }
}
