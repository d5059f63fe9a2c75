internal import FoundationEssentials
internal import Glibc
internal import Host
internal import Storage
internal import SystemPackage

/// What the checks of a container's health have found: `health.json` in its directory.
public struct HealthState: Decodable, Sendable, Equatable {
    /// "starting", "healthy" or "unhealthy".
    public internal(set) var status = "starting"
    /// How many checks have failed one after the other.
    public internal(set) var failingStreak = 0
    /// The last checks, the latest at the end.
    public internal(set) var checks: [Check] = []

    /// One check.
    public struct Check: Decodable, Sendable, Equatable {
        /// When it began and ended, in nanoseconds since 1970.
        public let start, end: Int64
        /// How its command ended; -1 if it took too long or could not be started.
        public let exitCode: Int32
        /// The beginning of what it wrote.
        public let output: String
    }

    private static let fileName: FilePath.Component = "health.json"
    /// As many as docker keeps.
    private static let most = 5

    init() {}

    /// What is known of the container in `directory`; nil if nothing.
    init?(in directory: FilePath) {
        guard let text = try? Files.read(directory.appending(Self.fileName)),
            let state = try? JSONDecoder().decode(Self.self, from: Data(text.utf8))
        else { return nil }
        self = state
    }

    /// Takes the result of a check.
    ///
    /// - Parameter counts: false while failures do not count.
    mutating func note(_ check: Check, retries: Int, counts: Bool) {
        checks = checks.suffix(Self.most - 1) + [check]
        if check.exitCode == 0 {
            (status, failingStreak) = ("healthy", 0)
        } else if counts {
            failingStreak += 1
            if failingStreak >= retries { status = "unhealthy" }
        }
    }

    /// Writes it into a container's directory.
    func write(to directory: FilePath) throws(SystemCallError) {
        let list = ContainerSpec.array(checks) { check in
            ContainerSpec.object([
                ("start", "\(check.start)"), ("end", "\(check.end)"), ("exitCode", "\(check.exitCode)"),
                ("output", JSONValue.quoted(check.output)),
            ])
        }
        let text = ContainerSpec.object([
            ("status", JSONValue.quoted(status)), ("failingStreak", "\(failingStreak)"), ("checks", list),
        ])
        let temporary = directory.appending("\(Self.fileName).new")
        let file = try Descriptor(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
        try file.write(Array((text + "\n").utf8), subject: temporary.string)
        try Files.rename(temporary, to: directory.appending(Self.fileName))
    }
}
