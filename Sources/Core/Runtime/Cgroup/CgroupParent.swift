public import SystemPackage

/// The cgroup that containers' cgroups are made in: a path below the root of each hierarchy.
public struct CgroupParent: Sendable, Equatable {
    /// Relative; empty for the hierarchies' roots.
    public let path: FilePath

    /// That of all containers that were not given another.
    public static let usual = CgroupParent(path: "mydocker")

    private init(path: FilePath) { self.path = path }

    /// Reads what a user, or a record, says.
    ///
    /// - Throws: ``CgroupError/invalidLimit(option:value:reason:)``.
    public init(_ text: String) throws(CgroupError) {
        func refuse(_ reason: String) -> CgroupError {
            .invalidLimit(option: "--cgroup-parent", value: text, reason: reason)
        }
        guard !text.isEmpty else { throw refuse("no path") }
        guard text.utf8.count < 4096 else { throw refuse("too long") }
        guard !text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
            throw refuse("it has a control character")
        }
        let components = FilePath(text).components
        guard components.allSatisfy({ $0.kind == .regular }) else { throw refuse("it has \".\" or \"..\"") }
        path = FilePath(root: nil, components)
        guard path == Self.usual.path || components.first != Self.usual.path.components.first else {
            throw refuse("other containers' cgroups are there")
        }
    }

    /// As ``init(_:)`` reads it.
    public var text: String { "/\(path.string)" }

    /// True if nobody but mydocker makes and removes it.
    var isOwn: Bool { self == .usual }
}

extension CgroupParent: Codable {
    /// Reads what ``encode(to:)`` wrote, or somebody else.
    public init(from decoder: any Decoder) throws {
        self = try Self(decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the path.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
