internal import Runtime

/// What happens when a container's command has ended: `--restart`.
public enum RestartPolicy: Sendable, Equatable {
    /// Nothing.
    case no
    /// It is started again if it failed, at most so many times; without a number, each time.
    case onFailure(most: Int?)
    /// It is started again.
    case always
    /// It is started again, and after a failure of its mydocker too, unless somebody has stopped it.
    case unlessStopped

    /// From what a user writes: "on-failure:3".
    ///
    /// - Throws: ``RunError/invalidOption(option:value:reason:)``.
    public init(_ text: String) throws {
        switch text {
        case "no", "": self = .no
        case "always": self = .always
        case "unless-stopped": self = .unlessStopped
        case "on-failure": self = .onFailure(most: nil)
        case _ where text.hasPrefix("on-failure:"):
            guard let most = Int(text.dropFirst(11)), most >= 0 else { throw Self.refuse(text) }
            self = .onFailure(most: most == 0 ? nil : most)
        default: throw Self.refuse(text)
        }
    }

    private static func refuse(_ text: String) -> RunError {
        .invalidOption(
            option: "--restart", value: text,
            reason: "not no, on-failure, on-failure:NUMBER, always or unless-stopped")
    }

    /// As ``init(_:)`` reads it.
    public var text: String {
        switch self {
        case .no: "no"
        case .onFailure(nil): "on-failure"
        case .onFailure(let most?): "on-failure:\(most)"
        case .always: "always"
        case .unlessStopped: "unless-stopped"
        }
    }

    /// True if a container is started again whose command has ended so.
    ///
    /// - Parameters:
    ///   - status: nil if it is not known: its mydocker was killed, and the container with it.
    ///   - count: how many times it was started again before.
    func applies(to status: ExitStatus?, after count: Int) -> Bool {
        switch self {
        case .no: false
        case .always, .unlessStopped: true
        case .onFailure(let most): status?.rawValue != 0 && most.map { count < $0 } != false
        }
    }
}
