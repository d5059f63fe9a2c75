internal import Core

/// The functions that templates know: Go's, and docker's.
enum TemplateFunction {
    /// Why a function has no value.
    struct Problem: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }

    /// Their names; `and` and `or` look at no more of their arguments than they have to.
    static let names: Set<String> = Set(functions.keys).union(["and", "or"])

    /// Those that make something else of a field.
    static let docker: Set<String> = [
        "json", "split", "join", "title", "lower", "upper", "pad", "truncate", "println",
    ]

    typealias Body = @Sendable ([JSONValue]) throws(Problem) -> JSONValue

    /// A function, and how many arguments it takes.
    private struct Entry {
        let counts: ClosedRange<Int>
        let body: Body
    }

    /// More than anybody pads a text to, or prints.
    static let widest = 100_000

    /// Calls a function.
    ///
    /// - Throws: ``Problem``.
    static func call(_ name: String, _ arguments: [JSONValue]) throws(Problem) -> JSONValue {
        guard let entry = functions[name] else { throw Problem("there is no function \"\(name)\"") }
        guard entry.counts.contains(arguments.count) else {
            let (low, high) = (entry.counts.lowerBound, entry.counts.upperBound)
            let wanted = low == high ? "\(low)" : "at least \(low)"
            throw Problem("wrong number of arguments for \(name): want \(wanted), got \(arguments.count)")
        }
        return try entry.body(arguments)
    }

    private static let many = 1 << 20

    private static let functions: [String: Entry] = [
        // docker's
        "json": .init(counts: 1...1) { values throws(Problem) in .string(values[0].text) },
        "split": .init(counts: 2...2) { values throws(Problem) in
            let (text, separator) = (try string(values[0]), try string(values[1]))
            return .array(text.split(by: separator).map { .string($0) })
        },
        "join": .init(counts: 2...2) { values throws(Problem) in
            let separator = try string(values[1])
            guard case .array(let elements) = values[0] else {
                throw Problem("expected a list, got \(values[0].typeName)")
            }
            return .string(elements.map(\.plainText).joined(separator: separator))
        },
        "title": .init(counts: 1...1) { values throws(Problem) in .string(try string(values[0]).titled) },
        "lower": .init(counts: 1...1) { values throws(Problem) in .string(try string(values[0]).lowercased())
        },
        "upper": .init(counts: 1...1) { values throws(Problem) in .string(try string(values[0]).uppercased())
        },
        "pad": .init(counts: 3...3) { values throws(Problem) in
            let (text, before, after) = (try string(values[0]), try width(values[1]), try width(values[2]))
            if text.isEmpty { return .string("") }
            return .string(
                String(repeating: " ", count: before) + text + String(repeating: " ", count: after))
        },
        "truncate": .init(counts: 2...2) { values throws(Problem) in
            .string(String(try string(values[0]).prefix(try width(values[1]))))
        },
        // Go's
        "len": .init(counts: 1...1) { values throws(Problem) in
            switch values[0] {
            case .string(let text): return .integer(Int64(text.utf8.count))
            case .array(let elements): return .integer(Int64(elements.count))
            case .object(let members): return .integer(Int64(members.count))
            default: throw Problem("len of type \(values[0].typeName)")
            }
        },
        "index": .init(counts: 1...many) { values throws(Problem) in
            var value = values[0]
            for key in values.dropFirst() { value = try element(of: value, key) }
            return value
        },
        "slice": .init(counts: 1...3) { values throws(Problem) in try slice(values) },
        "not": .init(counts: 1...1) { values throws(Problem) in .bool(!values[0].isTrue) },
        "print": .init(counts: 0...many) { values throws(Problem) in .string(printed(values)) },
        "println": .init(counts: 0...many) { values throws(Problem) in
            .string(values.map(\.plainText).joined(separator: " ") + "\n")
        },
        "printf": .init(counts: 1...many) { values throws(Problem) in
            .string(TemplateFormat(try string(values[0])).filled(values.dropFirst()))
        },
        "eq": .init(counts: 2...many) { values throws(Problem) in
            for other in values.dropFirst() where try equal(values[0], other) { return .bool(true) }
            return .bool(false)
        },
        "ne": .init(counts: 2...2) { values throws(Problem) in .bool(!(try equal(values[0], values[1]))) },
        "lt": .init(counts: 2...2) { values throws(Problem) in .bool(try less(values[0], values[1])) },
        "gt": .init(counts: 2...2) { values throws(Problem) in .bool(try less(values[1], values[0])) },
        "le": .init(counts: 2...2) { values throws(Problem) in .bool(!(try less(values[1], values[0]))) },
        "ge": .init(counts: 2...2) { values throws(Problem) in .bool(!(try less(values[0], values[1]))) },
    ]
}
