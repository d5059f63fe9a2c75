internal import FoundationEssentials
internal import SystemPackage

/// What is remembered of a container that stays after its end: `container.json` in its directory.
public struct ContainerRecord: Codable, Sendable, Equatable {
    /// Twelve hexadecimal digits.
    public let id: String
    /// The name that the user gave, or the ID.
    public let name: String
    /// The image, or the directory, that its root is made of.
    public let image: String
    /// The storage driver that its write layer belongs to.
    public let driver: String
    /// The command and its arguments.
    public let command: [String]
    /// When it was made, in seconds since 1970.
    public let created: Int64

    static let fileName: FilePath.Component = "container.json"

    /// Writes the record into the container's directory.
    ///
    /// - Throws: ``SystemCallError``.
    func write(to directory: FilePath) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try Files.create(
            directory.appending(Self.fileName), String(decoding: try encoder.encode(self), as: UTF8.self),
            mode: 0o600)
    }
}
