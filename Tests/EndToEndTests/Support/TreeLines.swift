import Testing

/// A directory tree as tree_record.py tells it, which shares no code with mydocker: a line for each file.
struct TreeLines: Equatable {
    var lines: [String]

    /// What is to be looked at.
    enum Place {
        case directory(String)
        /// The root of a process, without what is mounted in it.
        case process(Int)
    }

    /// - Parameter holes: false where files may have been written without their holes.
    init(of place: Place, holes: Bool = true) throws {
        let options = holes ? [] : ["--no-holes"]
        let words =
            switch place {
            case .directory(let path): [path]
            case .process(let process): ["--process", "\(process)"]
            }
        let outcome = try Program([Tool.python, "-B", "\(Tool.scripts)/tree_record.py"] + options + words)
            .finish()
        try #require(outcome.status == 0, outcome.everything)
        lines = outcome.lines
    }

    /// Without the place of the data in sparse files.
    var withoutHoles: TreeLines {
        var copy = self
        copy.lines = lines.map { line in
            line.firstRange(of: " data=[").map { start in
                let end =
                    line[start.upperBound...].firstIndex(of: "]").map(line.index(after:)) ?? line.endIndex
                return line[..<start.lowerBound] + line[end...]
            }.map(String.init) ?? line
        }
        return copy
    }

    /// Without the files of /etc that mydocker mounts its own on, which it makes where an image has none.
    private var withoutMountPoints: TreeLines {
        var copy = self
        let made = ["etc", "etc/hosts", "etc/hostname", "etc/resolv.conf"]
        copy.lines = lines.filter { line in !made.contains { line.hasPrefix($0 + " ") } }
        return copy
    }

    /// Expects two trees to be the same, and shows the first differences if they are not.
    static func expect(
        _ found: TreeLines, _ expected: TreeLines, _ what: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let (found, expected) = (found.withoutMountPoints, expected.withoutMountPoints)
        if found == expected { return }
        let (here, there) = (Set(found.lines), Set(expected.lines))
        let surplus = found.lines.filter { !there.contains($0) }.prefix(6).joined(separator: "\n")
        let missing = expected.lines.filter { !here.contains($0) }.prefix(6).joined(separator: "\n")
        Issue.record("\(what): found\n\(surplus)\nexpected\n\(missing)", sourceLocation: sourceLocation)
    }
}
