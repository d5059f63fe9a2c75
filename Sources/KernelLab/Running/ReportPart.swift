/// One of the commands that a report is made of, and what came of it.
///
/// It is written as a text, because in a booted kernel a shell does: `== NAME`, the output, `== NAME status`, the exit
/// status as a shell has it, and the last line of the standard error.
struct ReportPart {
    let output: String
    /// Nil if it did not come to its end.
    let status: Int32?
    let error: String

    /// What the second head of a part has behind the name.
    static let ending = " status"

    static func text(_ name: String, _ output: String, status: Int32 = 0, error: String = "") -> String {
        "== \(name)\n\(output)\n== \(name)\(ending)\n\(status)\n\(error)\n"
    }

    /// The parts of a text, by their names.
    static func all(in text: String) -> [String: ReportPart] {
        var sections: [String: [Substring]] = [:]
        var name = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("== ") {
                name = String(line.dropFirst(3))
                sections[name] = []
            } else {
                sections[name]?.append(line)
            }
        }
        var parts: [String: ReportPart] = [:]
        for (name, lines) in sections where !name.hasSuffix(ending) {
            let end = sections[name + ending] ?? []
            parts[name] = ReportPart(
                output: lines.joined(separator: "\n"), status: end.first.flatMap { Int32($0) },
                error: end.dropFirst().first.map(String.init) ?? "")
        }
        return parts
    }

    /// Why it has no result, for people; nil if it may have one.
    ///
    /// - Parameter accepted: the exit statuses of which that is so.
    func problem(accepting accepted: [Int32]) -> String? {
        guard let status else { return "did not come to its end" }
        if accepted.contains(status) { return nil }
        if status > 128, status <= 192 { return "was killed by signal \(status - 128)" }
        return "ended with status \(status)" + (error.isEmpty ? "" : ": \(error)")
    }
}
