public import Runtime

/// Who the users of a container are on the host: `--userns`, `--uidmap`, `--gidmap`.
public enum UserChoice: Sendable, Equatable {
    /// The host's own.
    case host
    /// Some that nobody else is (``IDReservations``).
    case auto
    /// As the user says.
    case map(IDMap)

    /// From what the command line says, each nil where it says nothing.
    ///
    /// - Throws: ``RunError/invalidOption(option:value:reason:)``.
    public init(namespace: String?, users: [String], groups: [String]) throws {
        guard users.isEmpty && groups.isEmpty else {
            if let namespace {
                throw RunError.invalidOption(
                    option: "--userns", value: namespace, reason: "--uidmap and --gidmap say it already")
            }
            let (first, second) = (users.isEmpty ? groups : users, groups.isEmpty ? nil : groups)
            self = .map(
                try IDMap(
                    users: first.joined(separator: ","), option: users.isEmpty ? "--gidmap" : "--uidmap",
                    groups: second?.joined(separator: ","), groupOption: "--gidmap"))
            return
        }
        switch namespace {
        case nil, "", "host": self = .host
        case "auto": self = .auto
        case let text? where text.contains(":"):
            self = .map(try IDMap(users: text, option: "--userns", groups: nil, groupOption: "--userns"))
        case let text?:
            throw RunError.invalidOption(
                option: "--userns", value: text, reason: "not auto, host or CONTAINER:HOST:SIZE[,...]")
        }
    }
}
