/// One change of an image's configuration in the syntax of a Dockerfile: `CMD ls -l`, `ENV A=b`.
public struct ConfigInstruction: Sendable, Equatable {
    private let name: String
    private let value: Value

    private enum Value: Equatable {
        case words([String])
        case pairs([String: String], order: [String])
        case text(String)
    }

    /// The instructions that can change a configuration.
    public static let names = [
        "CMD", "ENTRYPOINT", "ENV", "WORKDIR", "USER", "LABEL", "EXPOSE", "VOLUME", "STOPSIGNAL",
    ]

    /// Parses an instruction; its name may be in lower case.
    ///
    /// - Throws: ``ImageError/invalidInstruction(_:reason:)``.
    public init(_ line: String) throws(ImageError) {
        let parts = line.split(maxSplits: 1, omittingEmptySubsequences: true) { $0 == " " || $0 == "\t" }
        let name = parts.first.map { $0.uppercased() } ?? ""
        let rest = parts.count > 1 ? parts[1].drop { $0 == " " || $0 == "\t" } : ""
        func refused(_ reason: String) -> ImageError { .invalidInstruction(line, reason: reason) }
        guard Self.names.contains(name) else {
            throw refused("it begins with none of \(Self.names.joined(separator: ", "))")
        }
        guard !rest.isEmpty else { throw refused("\(name) needs a value") }
        self.name = name
        let words = InstructionWords(String(rest))
        switch name {
        case "CMD", "ENTRYPOINT":
            value = .words(words.array() ?? ["/bin/sh", "-c", String(rest)])
        case "ENV", "LABEL":
            guard let pairs = words.pairs(allowsSingle: true) else {
                throw refused("it is not NAME=VALUE, or a quote is not closed")
            }
            var values: [String: String] = [:]
            for (name, text) in pairs { values[name] = text }
            value = .pairs(values, order: pairs.map(\.name))
        case "EXPOSE", "VOLUME":
            guard let list = words.array() ?? words.all() else { throw refused("a quote is not closed") }
            var values: [String] = []
            for item in list { values.append(try name == "EXPOSE" ? Self.port(item, refused) : item) }
            value = .words(values)
        default:
            guard let list = words.all(), list.count == 1 else { throw refused("\(name) takes one value") }
            value = .text(list[0])
        }
    }

    /// "80" is "80/tcp".
    private static func port(
        _ text: String, _ refused: (String) -> ImageError
    ) throws(ImageError) -> String {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let isPort = UInt16(parts[0]).map { $0 > 0 } ?? false
        let protocolName = parts.count > 1 ? parts[1].lowercased() : "tcp"
        guard isPort, parts.count <= 2, ["tcp", "udp", "sctp"].contains(protocolName) else {
            throw refused("\"\(text.printable)\" is not PORT or PORT/PROTOCOL")
        }
        return "\(parts[0])/\(protocolName)"
    }

    /// Changes `config`.
    func apply(to config: inout ImageConfig) {
        switch (name, value) {
        case ("CMD", .words(let words)): config.command = words
        case ("ENTRYPOINT", .words(let words)):
            config.entrypoint = words
            // As in a Dockerfile: a command was meant for the entry point before.
            config.command = nil
        case ("ENV", .pairs(let values, let order)):
            var environment = config.environment ?? []
            for name in order {
                guard let value = values[name] else { continue }
                let variable = "\(name)=\(value)"
                if let place = environment.firstIndex(where: { $0.hasPrefix(name + "=") }) {
                    environment[place] = variable
                } else {
                    environment.append(variable)
                }
            }
            config.environment = environment
        case ("LABEL", .pairs(let values, _)):
            config.labels = (config.labels ?? [:]).merging(values) { $1 }
        case ("EXPOSE", .words(let ports)):
            config.exposedPorts = (config.exposedPorts ?? [:]).merging(ports.map { ($0, [:]) }) { old, _ in
                old
            }
        case ("VOLUME", .words(let paths)):
            config.volumes = (config.volumes ?? [:]).merging(paths.map { ($0, [:]) }) { old, _ in old }
        case ("WORKDIR", .text(let path)):
            // Relative ones start at the one before.
            let base = config.workingDirectory ?? ""
            config.workingDirectory =
                path.hasPrefix("/") ? path : (base.hasSuffix("/") ? base : base + "/") + path
        case ("USER", .text(let user)): config.user = user
        case ("STOPSIGNAL", .text(let signal)): config.stopSignal = signal
        default: break
        }
    }
}
