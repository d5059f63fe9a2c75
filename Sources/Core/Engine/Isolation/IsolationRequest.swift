internal import Host
internal import SystemPackage

/// How far a container is shut in, as the command line says it.
public struct IsolationRequest: Sendable, Equatable, Decodable {
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

    /// What `--privileged` asks for.
    static var privileged: IsolationRequest {
        var request = IsolationRequest()
        request.privileged = true
        return request
    }

    /// The same with the profiles of system calls in the place of their files, which may change.
    ///
    /// - Throws: ``SystemCallError``.
    func withProfiles() throws -> IsolationRequest {
        guard securityOptions.contains(where: { $0.hasPrefix("seccomp") }) else { return self }
        var request = self
        request.securityOptions = try securityOptions.map { option in
            guard let value = option.split(maxSplits: 1, whereSeparator: { $0 == "=" || $0 == ":" }).last,
                option.hasPrefix("seccomp"), value.utf8.first != UInt8(ascii: "{"),
                !["seccomp", "unconfined", "builtin", "default"].contains(value)
            else { return option }
            return "seccomp=" + (try Files.read(FilePath(String(value))))
        }
        return request
    }

    /// True if nothing was asked for.
    public var isStandard: Bool { self == IsolationRequest() }
}
