import Testing

/// A storage driver that a test case is for.
struct Driver: Sendable {
    let name: String

    static let all = ["aufs", "overlay", "bind"].map(Driver.init)

    /// The drivers that do not work on this machine, and why, as `mydocker storage ls` tells it.
    static let unsupported: Result<[String: String], any Error> = Result {
        let sandbox = try Sandbox(withImage: false)
        let table = try sandbox.tool("storage", "ls")
        try #require(table.status == 0, table.everything)
        var reasons: [String: String] = [:]
        for line in table.lines.dropFirst() {
            let words = line.split(separator: " ", maxSplits: 2).map(String.init)
            if words.count > 2, words[1] == "no" { reasons[words[0]] = String(words[2].drop { $0 == " " }) }
        }
        return reasons
    }

    /// Why it does not work here; nil if it does.
    var reasonAgainst: String? { (try? Self.unsupported.get())?[name] }

    /// True if the other names of a lower file show what is written to one of them.
    var keepsLinks: Bool { name == "bind" }

    /// The drivers that work here.
    static var usable: [Driver] { all.filter { $0.reasonAgainst == nil } }

    /// Those whose finished layers are no directories, on any file system.
    private static let packing = [Driver(name: "erofs")]

    /// The drivers that work here, and those that do not keep layers as directories: for tests that look at no layer.
    static var tried: [Driver] { usable + packing.filter { $0.reasonAgainst == nil } }

    /// Each driver that works here with the one after it, the last one with the first.
    static var neighbours: [(old: String, new: String)] {
        let names = tried.map(\.name)
        return zip(names, names.dropFirst() + names.prefix(1)).map { ($0, $1) }
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips the test, with the program's own reason, where the storage driver does not work.
    static func driver(_ name: String) -> Self {
        let reason = Driver(name: name).reasonAgainst
        return .enabled(if: reason == nil, "\(name): \(reason ?? "works here")")
    }
}
