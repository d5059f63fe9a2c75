/// Whom a container's command runs as, as numbers.
struct ContainerUser: Equatable {
    var uid: UInt32
    var gid: UInt32
    /// The supplementary groups.
    var groups: [UInt32] = []
    /// What HOME is unless somebody else says.
    var home: String

    /// Who the command is unless the image or the user says otherwise.
    static let root = ContainerUser(uid: 0, gid: 0, home: "/root")

    /// The largest number: the one above means "no change" to chown(2) and setresuid(2).
    private static let largest = UInt32.max - 1

    /// What is wrong with a specification.
    enum Problem: Error {
        case noUser(String)
        case noGroup(String)
    }

    /// Finds out who is meant, by docker's rules.
    ///
    /// - Parameters:
    ///   - specification: "user", "uid", "user:group" and so on. A number is that number, whatever the databases call
    ///     so (CVE-2016-3697), and need not be in them; without a group the user's own ones are taken.
    ///   - passwd: the content of /etc/passwd (passwd(5)), which anybody may have written.
    ///   - group: the content of /etc/group (group(5)).
    init(_ specification: String, passwd: String, group: String) throws(Problem) {
        let parts = specification.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let user = String(parts[0])
        let entry = Self.entry(user.isEmpty ? "0" : user, in: passwd, fields: 7)
        guard let uid = Self.number(user.isEmpty ? "0" : user) ?? entry?.number else { throw .noUser(user) }
        self.uid = uid
        gid = entry.flatMap { Self.number($0.fields[3]) } ?? 0
        home = entry?.fields[5] ?? ""
        if home.isEmpty { home = "/" }
        if parts.count > 1, !parts[1].isEmpty {
            let name = String(parts[1])
            guard let gid = Self.number(name) ?? Self.entry(name, in: group, fields: 4)?.number else {
                throw .noGroup(name)
            }
            self.gid = gid
        } else if let name = entry?.fields[0] {
            groups = Self.lines(group, fields: 4).compactMap { fields in
                fields[3].split(separator: ",").contains(Substring(name)) ? Self.number(fields[2]) : nil
            }
        }
    }

    /// Takes part in more groups, by name or number.
    mutating func join(_ names: [String], group: String) throws(Problem) {
        for name in names {
            guard let gid = Self.number(name) ?? Self.entry(name, in: group, fields: 4)?.number else {
                throw .noGroup(name)
            }
            if !groups.contains(gid) { groups.append(gid) }
        }
    }

    init(uid: UInt32, gid: UInt32, home: String) {
        self.uid = uid
        self.gid = gid
        self.home = home
    }

    /// The first line of this number; or of this name, which no number is taken for.
    private static func entry(
        _ nameOrNumber: String, in database: String, fields: Int
    ) -> (number: UInt32, fields: [String])? {
        let isNumber = nameOrNumber.utf8.allSatisfy { (48...57).contains($0) }
        let wanted = number(nameOrNumber)
        for line in lines(database, fields: fields) {
            guard let number = number(line[2]) else { continue }
            if isNumber ? number == wanted : line[0] == nameOrNumber { return (number, line) }
        }
        return nil
    }

    private static func lines(_ database: String, fields: Int) -> some Sequence<[String]> {
        database.split(separator: "\n").lazy
            .map { $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init) }
            .filter { $0.count >= fields && !$0[0].isEmpty }
    }

    /// Digits alone: no sign, no spaces.
    private static func number(_ text: String) -> UInt32? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt32(text) else { return nil }
        return number <= largest ? number : nil
    }
}
