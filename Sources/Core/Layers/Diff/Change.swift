/// One difference between two states of a root file system.
public struct Change: Hashable, Sendable {
    /// Where: relative to the root, without `.`, `..` or empty components; empty for the root itself.
    ///
    /// Bytes, because names need not be UTF-8.
    public let path: [UInt8]
    /// What has happened there.
    public let kind: Kind

    /// What has happened to a path.
    public enum Kind: String, Sendable {
        /// There was nothing.
        case added
        /// There is something else than before.
        case modified
        /// There is nothing any more.
        case deleted
    }

    /// A change from its parts.
    public init(path: [UInt8], kind: Kind) {
        self.path = path
        self.kind = kind
    }
}

extension Change: CustomStringConvertible {
    /// The form of `docker diff`: "A /etc/new", "C /etc", "D /bin/vi".
    public var description: String { String(decoding: line, as: UTF8.self) }

    /// The same byte for byte.
    public var line: [UInt8] {
        let letter =
            switch kind {
            case .added: "A"
            case .modified: "C"
            case .deleted: "D"
            }
        return Array("\(letter) /".utf8) + path
    }
}

extension Change: Comparable {
    /// The order of a walk: a directory before its content, names by their bytes.
    public static func < (left: Change, right: Change) -> Bool {
        // No name holds a zero byte, so that as a zero the slash comes before everything that a name can hold.
        func order(_ byte: UInt8) -> UInt8 { byte == UInt8(ascii: "/") ? 0 : byte }
        return left.path.lexicographicallyPrecedes(right.path) { order($0) < order($1) }
    }
}
