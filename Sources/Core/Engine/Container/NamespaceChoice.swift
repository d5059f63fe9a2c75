internal import Host
internal import Runtime
internal import Storage

/// Whose namespaces a container has: `--pid`, `--ipc`, `--uts`.
public struct NamespaceChoice: Sendable, Equatable {
    /// The process numbers.
    public var pid = Owner.own
    /// The shared memory and message queues of System V and POSIX.
    public var ipc = Owner.own
    /// The host name.
    public var uts = Owner.own

    /// A namespace's owner.
    public enum Owner: Sendable, Equatable {
        /// The container has its own.
        case own
        /// It has the host's.
        case host
        /// It has another container's, which is named here.
        case container(String)

        /// From what a user writes: "host", "container:NAME"; empty, "private" and "shareable" for its own.
        ///
        /// - Throws: ``RunError/invalidOption(option:value:reason:)``.
        public init(_ text: String, option: String) throws {
            switch text {
            case "", "private", "shareable": self = .own
            case "host": self = .host
            case _ where text.hasPrefix("container:") && text.utf8.count > 10:
                self = .container(String(text.dropFirst(10)))
            default:
                throw RunError.invalidOption(
                    option: option, value: text, reason: "not host, private or container:NAME")
            }
        }

        /// As ``init(_:option:)`` reads it.
        public var text: String {
            switch self {
            case .own: "private"
            case .host: "host"
            case .container(let name): "container:\(name)"
            }
        }
    }

    /// All of its own.
    public init() {}

    /// Refuses what a container whose users are its own cannot have.
    ///
    /// - Throws: ``RunError/invalidOption(option:value:reason:)``.
    func checkOwnUsers() throws {
        for (owner, option) in [(pid, "--pid"), (ipc, "--ipc"), (uts, "--uts")] {
            guard case .container = owner else { continue }
            throw RunError.invalidOption(
                option: option, value: owner.text,
                reason: "a container with --userns has no rights over another's namespaces")
        }
    }
}

extension NamespaceChoice {
    /// The namespaces that a process gets.
    ///
    /// - Throws: ``RunError/notRunning(_:)`` if a container whose namespaces are wanted has ended; as
    ///   ``Containers/find(_:)``.
    func resolved(in store: Store) throws -> ProcessNamespaces {
        var kept: [ProcessNamespaces.Kind] = []
        var entered: [(kind: ProcessNamespaces.Kind, process: Int32)] = []
        for (kind, owner) in [(.pid, pid), (.ipc, ipc), (.uts, uts)] as [(ProcessNamespaces.Kind, Owner)] {
            switch owner {
            case .own: break
            case .host: kept.append(kind)
            case .container(let name):
                guard let process = try Containers(store).find(name).startedRecord().process else {
                    throw RunError.notRunning(name)
                }
                entered.append((kind, process))
            }
        }
        return try .new(keeping: kept, entering: entered)
    }
}

extension NamespaceChoice: Decodable {
    private enum CodingKeys: CodingKey { case pid, ipc, uts }

    /// What is missing is the container's own.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func read(_ key: CodingKeys) throws -> Owner {
            try Owner(values.decodeIfPresent(String.self, forKey: key) ?? "", option: key.stringValue)
        }
        self.init()
        (pid, ipc, uts) = (try read(.pid), try read(.ipc), try read(.uts))
    }
}
