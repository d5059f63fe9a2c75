internal import Glibc
internal import Host
internal import SystemPackage

/// What /etc/subuid and /etc/subgid say of users that others may be in user namespaces (subuid(5)).
enum SubordinateIDs {
    private static let largest = 1 << 24

    /// Those that the first of these users has who has any, as users and as groups; nil if none has.
    static func ranges(for names: [String]) -> [Range<UInt32>]? {
        let (users, groups) = (entries(of: "/etc/subuid"), entries(of: "/etc/subgid"))
        for name in names {
            let both = users.filter { $0.name == name }.flatMap { user in
                groups.filter { $0.name == name && $0.range.overlaps(user.range) }.map {
                    $0.range.clamped(to: user.range)
                }
            }
            if !both.isEmpty { return both }
        }
        return nil
    }

    /// The first number, a multiple of 65536, above all that are anybody's.
    static func firstFree(above lowest: UInt32) -> UInt32 {
        let step: UInt32 = 65536
        var last = lowest - 1
        for path in ["/etc/subuid", "/etc/subgid"] as [FilePath] {
            for entry in entries(of: path) { last = max(last, entry.range.upperBound - 1) }
        }
        for path in ["/etc/passwd", "/etc/group"] as [FilePath] {
            for line in lines(of: path) {
                // "nobody" may be one of the last there are.
                if line.count > 2, let number = UInt32(line[2]), number < 1 << 30 { last = max(last, number) }
            }
        }
        return (last / step + 1).multipliedReportingOverflow(by: step).partialValue
    }

    /// The entries of a file in the form NAME:FIRST:COUNT; nothing of a file that is not there.
    static func entries(of path: FilePath) -> [(name: String, range: Range<UInt32>)] {
        lines(of: path).compactMap { line in
            guard line.count == 3, let first = UInt32(line[1]), let count = UInt32(line[2]), count > 0
            else { return nil }
            let (end, isTooLarge) = first.addingReportingOverflow(count)
            return isTooLarge ? nil : (line[0], first..<end)
        }
    }

    static func lines(of path: FilePath) -> [[String]] {
        guard let file = try? Descriptor(path, O_RDONLY),
            let text = try? file.readAll(limit: largest, subject: path.string)
        else { return [] }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        }
    }
}
