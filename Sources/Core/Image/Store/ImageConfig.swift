/// How a container of an image runs unless the user says otherwise: the `config` of an OCI image configuration.
///
/// Reading leaves out what is not listed here.
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

    private enum CodingKeys: String, CodingKey {
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
}
