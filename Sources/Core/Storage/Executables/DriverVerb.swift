/// What an executable driver is asked, one at a call.
enum DriverVerb: String, Sendable, CaseIterable {
    case probe, prepare, mounts, seal, reopen, reading, discard, usage
    case changedDirectories = "changed-directories"

    /// Those that a driver need not have; what it does not declare has the protocol's default, without a call.
    static let optional: Set<DriverVerb> = [.seal, .reopen, .reading, .discard, .usage, .changedDirectories]

    /// The version of the protocol, in every request and every answer.
    static let protocolVersion: Int64 = 1

    /// What is asked for, for a user who reads that it failed.
    var phrase: String {
        switch self {
        case .probe: "tell whether it works"
        case .prepare: "make a snapshot"
        case .mounts: "mount a snapshot"
        case .seal: "finish a snapshot"
        case .reopen: "mount a snapshot again"
        case .reading: "show a snapshot"
        case .discard: "remove a snapshot"
        case .usage: "measure a snapshot"
        case .changedDirectories: "compare a snapshot"
        }
    }
}
