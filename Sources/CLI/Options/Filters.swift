internal import ArgumentParser

/// What `--filter` was given: any of the values of one key, and something of each key.
struct Filters {
    private var values: [String: [String]] = [:]

    /// - Parameters:
    ///   - words: "KEY=VALUE", as docker's.
    ///   - keys: those that there are.
    /// - Throws: ``UsageError/wrongFilter(_:keys:)``.
    init(_ words: [String], keys: [String]) throws(UsageError) {
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = parts[0].lowercased()
            guard parts.count == 2, keys.contains(key) else { throw .wrongFilter(word, keys: keys) }
            values[key, default: []].append(String(parts[1]))
        }
    }

    /// The values of a key; none if it was not asked for.
    subscript(key: String) -> [String] { values[key] ?? [] }

    /// True if one of the key's values matches, or there is none.
    func any(_ key: String, _ matches: (String) -> Bool) -> Bool {
        values[key]?.contains(where: matches) ?? true
    }

    /// True if all of the key's values match.
    func all(_ key: String, _ matches: (String) -> Bool) -> Bool {
        self[key].allSatisfy(matches)
    }

    /// True if what is asked for with a key is so, or nothing is asked.
    ///
    /// - Throws: ``UsageError/wrongValue(_:of:)``.
    func agrees(_ key: String, _ fact: Bool) throws(UsageError) -> Bool {
        for value in self[key] {
            guard let wanted = Bool(flag: value) else { throw .wrongValue(value, of: "--filter \(key)=") }
            if wanted == fact { return true }
        }
        return self[key].isEmpty
    }

    /// True if there are the labels that are asked for: "KEY", or "KEY=VALUE".
    func matches(labels: [String: String], key: String = "label") -> Bool {
        all(key) { wanted in
            guard let equals = wanted.firstIndex(of: "=") else { return labels[wanted] != nil }
            return labels[String(wanted[..<equals])] == String(wanted[wanted.index(after: equals)...])
        }
    }
}
