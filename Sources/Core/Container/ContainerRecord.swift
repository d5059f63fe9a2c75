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
    /// The uppermost layer of the image, which the write layer lies on; nil on a plain directory.
    public let layer: SnapshotKey?
    /// The directory that its root is made of, if it is no image.
    public var directory: String?
    /// True if it could not change its root.
    public var readOnly: Bool?
    /// The storage driver that its write layer belongs to.
    public let driver: String
    /// The command and its arguments.
    public let command: [String]
    /// When it was made, in seconds since 1970.
    public let created: Int64
    /// Its process 1, as the host numbers it, while it runs.
    public var process: Int32?

    static let fileName: FilePath.Component = "container.json"
    /// The record of a container that runs, whether it is to stay or not.
    static let runningFileName: FilePath.Component = "running.json"

    /// Reads the record in a container's directory.
    ///
    /// - Throws: ``RunError/damagedRecord(_:)``, ``SystemCallError``.
    init(from directory: FilePath, named name: FilePath.Component = fileName) throws {
        let path = directory.appending(name)
        let text = try Files.read(path)
        do { self = try JSONDecoder().decode(Self.self, from: Data(text.utf8)) } catch {
            throw RunError.damagedRecord(path)
        }
    }

    init(
        id: String, name: String, image: String, layer: SnapshotKey?, driver: String, command: [String],
        created: Int64, directory: String? = nil, readOnly: Bool? = nil
    ) {
        self.directory = directory
        self.readOnly = readOnly
        self.id = id
        self.name = name
        self.image = image
        self.layer = layer
        self.driver = driver
        self.command = command
        self.created = created
    }

    /// Writes the record into the container's directory.
    ///
    /// - Throws: ``SystemCallError``.
    func write(to directory: FilePath, named name: FilePath.Component = fileName) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Renamed into place, so that nobody ever reads half of it.
        let temporary = directory.appending("\(name.string).new")
        try Files.create(temporary, String(decoding: try encoder.encode(self), as: UTF8.self), mode: 0o600)
        try Files.rename(temporary, to: directory.appending(name))
    }
}
