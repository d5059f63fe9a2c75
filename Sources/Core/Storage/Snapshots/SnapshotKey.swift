internal import Host
public import Layers
internal import SystemPackage

/// The key of a snapshot that is being worked on, or the name of a committed one: one key space for both.
///
/// 1 to 200 bytes of `A-Z a-z 0-9 . _ -`, the first one a letter or a digit: a key is also the name of the
/// snapshot's directory, so nothing else is let through. The layers of images are named after their chainID.
public struct SnapshotKey: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    /// The text.
    public let description: String

    /// A key from its text.
    ///
    /// - Throws: ``SnapshotError/invalidKey(_:)``.
    public init(_ text: String) throws(SnapshotError) {
        let isValid =
            (1...200).contains(text.utf8.count) && text.utf8.first.map(\.isASCIIAlphanumeric) == true
            && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "._-".utf8.contains($0) }
        guard isValid else { throw .invalidKey(text) }
        description = text
    }

    /// The name of the layer with this chainID.
    public init(chainID: Digest) {
        description = chainID.hex
    }

    /// From a place where only valid keys are.
    package init(trusted text: String) {
        description = text
    }

    /// The order of the texts.
    public static func < (left: SnapshotKey, right: SnapshotKey) -> Bool {
        left.description < right.description
    }

    /// A key is written as its text.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    /// A key is written as its text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    var component: FilePath { FilePath(description) }
}
