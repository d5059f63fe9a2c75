internal import Glibc
internal import Host
internal import Storage
internal import SystemPackage

/// A volume: a directory of the store that outlives the containers in which it is mounted.
///
/// `volumes/NAME/_data` is its content, `volumes/NAME/volume.json` says the rest.
public struct Volume: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// When it was made, in nanoseconds since 1970.
    public let created: Int64
    /// Any text by any key.
    public var labels: [String: String] = [:]
    /// What was asked for when it was made.
    public var options: [String: String] = [:]
    /// True if nobody gave it its name: it was made for one container.
    public var isAnonymous = false

    static let fileName: FilePath.Component = "volume.json"
    static let dataName: FilePath.Component = "_data"

    init(name: String, created: Int64) {
        self.name = name
        self.created = created
    }

    /// The directory of the host that is its content; nil for one of the store.
    var device: FilePath? { options["device"].map { FilePath($0) } }

    /// - Throws: ``VolumeError/unknownOption(name:value:)``.
    static func check(_ options: [String: String]) throws(VolumeError) {
        if options.isEmpty { return }
        for (name, value) in options.sorted(by: { $0.key < $1.key }) {
            switch name {
            case "type" where ["none", "bind", ""].contains(value): break
            case "o" where value.split(separator: ",").allSatisfy { ["bind", "rbind", "rw"].contains($0) }:
                break
            case "device" where value.hasPrefix("/"): break
            default: throw .unknownOption(name: name, value: value)
            }
        }
        guard options["device"] != nil else {
            throw .unknownOption(name: options.keys.sorted()[0], value: options.values.sorted()[0])
        }
    }

    /// What is known of it, as a JSON object.
    var json: String {
        func object(_ values: [String: String]) -> String {
            "{"
                + values.sorted { $0.key < $1.key }.map {
                    JSONValue.quoted($0.key) + ":" + JSONValue.quoted($0.value)
                }
                .joined(by: ",") + "}"
        }
        var members = [("name", JSONValue.quoted(name)), ("created", "\(created)")]
        if !labels.isEmpty { members.append(("labels", object(labels))) }
        if !options.isEmpty { members.append(("options", object(options))) }
        if isAnonymous { members.append(("anonymous", "true")) }
        return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(by: ",") + "}\n"
    }

    /// Reads what is in a volume's directory.
    ///
    /// - Throws: ``VolumeError/damaged(_:)``, ``SystemCallError``.
    init(from directory: FilePath) throws {
        let path = directory.appending(Self.fileName)
        let text = try Descriptor(path, O_RDONLY | O_NOFOLLOW).readAll(limit: 1 << 24, subject: path.string)
        guard case .object(let members)? = try? JSONValue(parsing: text),
            case .string(let name)? = members["name"], name == directory.lastComponent?.string,
            case .integer(let created)? = members["created"]
        else { throw VolumeError.damaged(path) }
        func object(_ name: String) throws -> [String: String] {
            guard let value = members[name] else { return [:] }
            guard case .object(let values) = value else { throw VolumeError.damaged(path) }
            return try values.mapValues {
                guard case .string(let text) = $0 else { throw VolumeError.damaged(path) }
                return text
            }
        }
        self.init(name: name, created: created)
        labels = try object("labels")
        options = try object("options")
        isAnonymous = members["anonymous"] == .bool(true)
    }
}
