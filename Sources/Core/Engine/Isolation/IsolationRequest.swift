/// How far a container is shut in, as the command line says it.
public struct IsolationRequest: Sendable, Equatable {
    /// `--cap-add`: capabilities besides the usual ones, or ALL.
    public var addedCapabilities: [String] = []
    /// `--cap-drop`: usual capabilities that the container does not get, or ALL.
    public var droppedCapabilities: [String] = []
    /// `--security-opt`: "seccomp=unconfined", "no-new-privileges" and so on.
    public var securityOptions: [String] = []
    /// `--device`: HOST[:CONTAINER[:rwm]].
    public var devices: [String] = []
    /// `--privileged`: nothing is held back but the namespaces.
    public var privileged = false

    /// What containers usually get.
    public init() {}

    /// True if nothing was asked for.
    public var isStandard: Bool { self == IsolationRequest() }
}
