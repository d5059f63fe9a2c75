internal import CLinux
internal import FoundationEssentials
internal import Glibc

/// docker's form of a profile (`--security-opt seccomp=FILE`), which podman and the OCI runtime specification share.
extension SeccompProfile {
    /// What is wrong with a file.
    package struct Unusable: Error {
        package var reason: String
    }

    /// - Throws: ``Unusable``.
    package init(json: [UInt8], native: String) throws {
        let document: Document
        do { document = try JSONDecoder().decode(Document.self, from: Data(json)) } catch {
            throw Unusable(reason: "it is no profile in docker's JSON form: \(error)")
        }
        self.init(defaultAction: try Self.action(document.defaultAction, document.defaultErrnoRet))
        for map in document.archMap ?? [] where Self.plain(map.architecture) == native {
            otherArchitectures += (map.subArchitectures ?? []).map(Self.plain)
        }
        otherArchitectures += (document.architectures ?? []).map(Self.plain).filter { $0 != native }
        for entry in document.syscalls ?? [] {
            var rule = Rule(
                calls: entry.names ?? entry.name.map { [$0] } ?? [],
                action: try Self.action(entry.action, entry.errnoRet))
            rule.conditions = try (entry.args ?? []).map { try Self.condition($0) }
            rule.needs.capabilities = entry.includes?.caps ?? []
            rule.needs.noCapabilities = entry.excludes?.caps ?? []
            rule.needs.architectures = entry.includes?.arches ?? []
            rule.needs.noArchitectures = entry.excludes?.arches ?? []
            if let version = entry.includes?.minKernel {
                let numbers = version.split(separator: ".").compactMap { Int($0) }
                guard numbers.count >= 2 else {
                    throw Unusable(reason: "\"\(version)\" is no kernel version")
                }
                rule.needs.kernel = (numbers[0], numbers[1])
            }
            rules.append(rule)
        }
    }

    /// libseccomp's own name of an architecture: "x86_64" for "SCMP_ARCH_X86_64".
    private static func plain(_ name: String) -> String {
        (name.hasPrefix("SCMP_ARCH_") ? String(name.dropFirst(10)) : name).lowercased()
    }

    private static func action(_ name: String, _ number: Int32?) throws -> Action {
        switch name {
        case "SCMP_ACT_ALLOW": return .allow
        case "SCMP_ACT_LOG": return .log
        case "SCMP_ACT_TRAP": return .trap
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": return .killThread
        case "SCMP_ACT_KILL_PROCESS": return .killProcess
        case "SCMP_ACT_ERRNO": return .fail(errno: number ?? EPERM)
        default: throw Unusable(reason: "the action \"\(name)\" is not supported")
        }
    }

    private static func condition(_ argument: Document.Argument) throws -> Condition {
        let comparisons: [String: Comparison] = [
            "SCMP_CMP_NE": .notEqual, "SCMP_CMP_LT": .less, "SCMP_CMP_LE": .lessOrEqual,
            "SCMP_CMP_EQ": .equal,
            "SCMP_CMP_GE": .greaterOrEqual, "SCMP_CMP_GT": .greater, "SCMP_CMP_MASKED_EQ": .masked,
        ]
        guard let comparison = comparisons[argument.op], (0...5).contains(argument.index) else {
            throw Unusable(reason: "\"\(argument.op)\" of argument \(argument.index) is no comparison")
        }
        let (value, second) = (argument.value, argument.valueTwo ?? 0)
        return comparison == .masked
            ? Condition(argument: argument.index, comparison: comparison, value: second, mask: value)
            : Condition(argument: argument.index, comparison: comparison, value: value)
    }

    private struct Document: Decodable {
        var defaultAction: String
        var defaultErrnoRet: Int32?
        var architectures: [String]?
        var archMap: [ArchMap]?
        var syscalls: [Entry]?

        struct ArchMap: Decodable {
            package var architecture: String
            var subArchitectures: [String]?
        }

        struct Entry: Decodable {
            var name: String?
            var names: [String]?
            var action: String
            var errnoRet: Int32?
            var args: [Argument]?
            var includes: Filter?
            var excludes: Filter?
        }

        struct Argument: Decodable {
            var index: Int
            var value: UInt64
            var valueTwo: UInt64?
            var op: String
        }

        struct Filter: Decodable {
            var caps: [String]?
            var arches: [String]?
            var minKernel: String?
        }
    }
}
