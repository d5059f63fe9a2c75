extension String {
    /// How many letters have to be added, removed or changed to make `other` of this text (Levenshtein); nil if more
    /// than `limit`.
    ///
    /// Only the letters around the diagonal are compared, so that the cost grows with the length and not its square.
    package func editDistance(to other: String, atMost limit: Int) -> Int? {
        let (left, right) = (Array(utf8), Array(other.utf8))
        guard abs(left.count - right.count) <= limit else { return nil }
        let far = limit + 1
        var previous = (0...right.count).map { Swift.min($0, far) }
        for row in 1..<(left.count + 1) {
            var current = [Int](repeating: far, count: right.count + 1)
            if row <= limit { current[0] = row }
            for column in Swift.max(1, row - limit)..<(Swift.min(right.count, row + limit) + 1) {
                let change = previous[column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1)
                current[column] = Swift.min(change, previous[column] + 1, current[column - 1] + 1, far)
            }
            previous = current
        }
        return previous[right.count] <= limit ? previous[right.count] : nil
    }
}
