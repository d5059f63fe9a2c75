/// Another machine: `ssh://[USER@]HOST[:PORT]`, as ssh(1) takes it.
public struct RemoteMachine: Sendable, Equatable {
    static let prefix = "ssh://"

    /// What ssh is given, and reports call it.
    public let address: String

    /// - Throws: ``LabError/noMachine(_:)`` if it names none.
    init(_ text: String) throws(LabError) {
        let rest = text.dropFirst(Self.prefix.count)
        let host = rest.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        // What ssh would take for an option, or runs by a shell (ProxyCommand), is no host.
        let isPlain = rest.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
            default: "-._~%@:[]+".utf8.contains(byte)
            }
        }
        guard isPlain, !host.isEmpty, !host.hasPrefix("-"), !host.hasPrefix(":"), !rest.hasPrefix("-") else {
            throw .noMachine(text)
        }
        address = text
    }
}
