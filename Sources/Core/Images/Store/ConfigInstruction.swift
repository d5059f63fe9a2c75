internal import Host
public import Layers

/// One change of an image's configuration in the syntax of a Dockerfile: `CMD ls -l`, `ENV PATH=$PATH:/opt/bin`.
public struct ConfigInstruction: Sendable, Equatable {
    private let line: String
    private let name: String
    private let value: String

    /// The instructions that can change a configuration.
    public static let names = [
        "CMD", "ENTRYPOINT", "ENV", "WORKDIR", "USER", "LABEL", "EXPOSE", "VOLUME", "STOPSIGNAL",
    ]

    /// Parses an instruction; its name may be in lower case.
    ///
    /// - Throws: ``ImageError/invalidInstruction(_:reason:)``.
    public init(_ line: String) throws(ImageError) {
        let parts = line.split(maxSplits: 1, omittingEmptySubsequences: true) { $0 == " " || $0 == "\t" }
        self.line = line
        name = parts.first.map { $0.uppercased() } ?? ""
        var rest = parts.count > 1 ? parts[1].drop { $0 == " " || $0 == "\t" } : ""
        while rest.last == " " || rest.last == "\t", !rest.hasSuffix("\\ ") { rest.removeLast() }
        value = String(rest)
        guard Self.names.contains(name) else {
            throw refused("it begins with none of \(Self.names.joined(separator: ", "))")
        }
        guard !value.isEmpty else { throw refused("\(name) needs a value") }
        // What the variables say is known later; without any it can be seen whether the rest is right.
        var config = ImageConfig()
        guard !value.contains("$") || name == "CMD" || name == "ENTRYPOINT" else {
            do throws(InstructionWords.Malformed) {
                _ = try InstructionWords(value, variable: { _ in "x" }).all()
            } catch { throw refused(error.reason) }
            return
        }
        try apply(to: &config)
    }

    /// Changes `config`; variables in the value have the values that they have in `config` before.
    ///
    /// - Throws: ``ImageError/invalidInstruction(_:reason:)``.
    package func apply(to config: inout ImageConfig) throws(ImageError) {
        let words = InstructionWords(value, variable: Self.lookUp(in: config.environment ?? []))
        do throws(InstructionWords.Malformed) {
            switch name {
            case "CMD": config.command = command
            case "ENTRYPOINT":
                config.entrypoint = command
                // As in a Dockerfile: a command was meant for the entry point before.
                config.command = nil
            case "ENV":
                for (name, text) in try words.pairs() { config.environment = config.setting(name, to: text) }
            case "LABEL":
                config.labels = (config.labels ?? [:]).merging(try words.pairs().map { ($0.name, $0.text) }) {
                    $1
                }
            case "EXPOSE":
                let ports = try ports(try list(words)).map { ($0, [String: String]()) }
                config.exposedPorts = (config.exposedPorts ?? [:]).merging(ports) { $1 }
            case "VOLUME":
                let paths = try list(words).map { ($0, [String: String]()) }
                config.volumes = (config.volumes ?? [:]).merging(paths) { $1 }
            case "WORKDIR":
                config.workingDirectory = Self.path(try one(words), from: config.workingDirectory ?? "")
            case "USER": config.user = try one(words)
            default:
                let signal = try one(words)
                guard SignalName.number(signal) != nil else {
                    throw .init(reason: "there is no signal \"\(signal.printable)\"")
                }
                config.stopSignal = signal
            }
        } catch { throw refused(error.reason) }
    }

    private func refused(_ reason: String) -> ImageError { .invalidInstruction(line, reason: reason) }

    /// An array, or a line for the shell, which knows more about variables than anybody here.
    private var command: [String] { InstructionWords(value).array() ?? ["/bin/sh", "-c", value] }

    /// The variables of an image; PATH is never empty in its containers.
    private static func lookUp(in environment: [String]) -> (String) -> String? {
        { name in
            let prefix = name + "="
            let variable =
                environment.last { $0.hasPrefix(prefix) }
                ?? (name == "PATH" ? ImageConfig.defaultPath : nil)
            return variable.map { String($0.dropFirst(prefix.count)) }
        }
    }

    private func one(_ words: InstructionWords) throws(InstructionWords.Malformed) -> String {
        let list = try words.all()
        guard list.count == 1, let word = list.first, !word.isEmpty else {
            throw .init(reason: "\(name) takes one value, and it is not empty")
        }
        return word
    }

    private func list(_ words: InstructionWords) throws(InstructionWords.Malformed) -> [String] {
        guard let array = words.array() else { return try words.all() }
        var result: [String] = []
        for text in array { result.append(try words.expanding(text)) }
        return result
    }

    /// "80" is "80/tcp", and "8000-8002/udp" three ports.
    private func ports(_ words: [String]) throws(InstructionWords.Malformed) -> [String] {
        var result: [String] = []
        // One variable may hold several.
        for text in words.flatMap({ $0.split(separator: " ") }) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
            let protocolName = parts.count > 1 ? parts[1].lowercased() : "tcp"
            guard let first = ends[0], let last = ends[ends.count - 1], ends.count <= 2, 0 < first,
                first <= last, parts.count <= 2, ["tcp", "udp", "sctp"].contains(protocolName)
            else {
                throw .init(reason: "\"\(text)\" is not PORT or PORT-PORT, with or without /PROTOCOL")
            }
            result += (first...last).map { "\($0)/\(protocolName)" }
        }
        return result
    }

    /// A directory, seen from the one before, without detours.
    private static func path(_ path: String, from base: String) -> String {
        var parts: [Substring] = []
        for part in (path.hasPrefix("/") ? path : base + "/" + path).split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}

extension ImageConfig {
    /// The environment with one variable more, or another value of it in its place.
    fileprivate func setting(_ name: String, to value: String) -> [String] {
        var result = environment ?? []
        if let place = result.firstIndex(where: { $0.hasPrefix(name + "=") }) {
            result[place] = "\(name)=\(value)"
        } else {
            result.append("\(name)=\(value)")
        }
        return result
    }
}
