package import Storage

/// How a container of an image runs unless the user says otherwise: the `config` of an OCI image configuration.
///
/// What is not listed here is kept as it was read, and written again.
public struct ImageConfig: Codable, Sendable, Equatable {
    /// The program and its first arguments.
    public var entrypoint: [String]?
    /// The arguments after those, or the whole command.
    public var command: [String]?
    /// The environment: "NAME=value".
    public var environment: [String]?
    /// The directory in which the command starts.
    public var workingDirectory: String?
    /// "user", "uid", "user:group" or "uid:gid".
    public var user: String?
    /// The signal that asks the container to end: "SIGTERM".
    public var stopSignal: String?
    /// Any text by any key.
    public var labels: [String: String]?
    /// Ports that the command listens on: "80/tcp".
    ///
    /// Only the keys count.
    public var exposedPorts: [String: [String: String]]?
    /// Directories that hold data of their own.
    ///
    /// Only the keys count.
    public var volumes: [String: [String: String]]?
    /// Everything else: "Healthcheck", "OnBuild".
    var others: [String: JSONValue] = [:]

    /// How it is found out whether a container does what it is for, in docker's form.
    package var healthCheck: JSONValue? { others["Healthcheck"] }

    /// What docker and podman set when nobody else does.
    package static let defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// A configuration that says nothing but what is given.
    public init(
        entrypoint: [String]? = nil, command: [String]? = nil, environment: [String]? = nil,
        workingDirectory: String? = nil, user: String? = nil, stopSignal: String? = nil,
        labels: [String: String]? = nil
    ) {
        self.entrypoint = entrypoint
        self.command = command
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.user = user
        self.stopSignal = stopSignal
        self.labels = labels
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case entrypoint = "Entrypoint"
        case command = "Cmd"
        case environment = "Env"
        case workingDirectory = "WorkingDir"
        case user = "User"
        case stopSignal = "StopSignal"
        case labels = "Labels"
        case exposedPorts = "ExposedPorts"
        case volumes = "Volumes"
    }

    /// Reads the `config` of an image configuration.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        entrypoint = try fields.decodeIfPresent([String].self, forKey: .entrypoint)
        command = try fields.decodeIfPresent([String].self, forKey: .command)
        environment = try fields.decodeIfPresent([String].self, forKey: .environment)
        workingDirectory = try fields.decodeIfPresent(String.self, forKey: .workingDirectory)
        user = try fields.decodeIfPresent(String.self, forKey: .user)
        stopSignal = try fields.decodeIfPresent(String.self, forKey: .stopSignal)
        labels = try fields.decodeIfPresent([String: String].self, forKey: .labels)
        exposedPorts = try fields.decodeIfPresent([String: [String: String]].self, forKey: .exposedPorts)
        volumes = try fields.decodeIfPresent([String: [String: String]].self, forKey: .volumes)
        others = try JSONValue.members(of: decoder, except: CodingKeys.allCases.map(\.rawValue))
    }

    /// Writes it.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encodeIfPresent(entrypoint, forKey: .entrypoint)
        try fields.encodeIfPresent(command, forKey: .command)
        try fields.encodeIfPresent(environment, forKey: .environment)
        try fields.encodeIfPresent(workingDirectory, forKey: .workingDirectory)
        try fields.encodeIfPresent(user, forKey: .user)
        try fields.encodeIfPresent(stopSignal, forKey: .stopSignal)
        try fields.encodeIfPresent(labels, forKey: .labels)
        try fields.encodeIfPresent(exposedPorts, forKey: .exposedPorts)
        try fields.encodeIfPresent(volumes, forKey: .volumes)
        try JSONValue.encode(others, to: encoder)
    }
}
