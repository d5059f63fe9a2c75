internal import CLinux
internal import Glibc

/// The form in which mydocker's own profiles are written:
/// ```
/// # Why.
/// default fail EPERM
/// allow: read write
///     open close
/// allow with CAP_SYS_ADMIN: mount umount2
/// fail ENOSYS without CAP_SYS_ADMIN: clone3
/// allow on amd64 x32: arch_prctl
/// allow off s390: clone2
/// allow from kernel 4.8: ptrace
/// allow where 0 & 0x7e020000 == 0: clone
/// ```
/// An indented line goes on with the calls of the one before.
extension SeccompProfile {
    /// What is wrong with a line.
    package struct Unreadable: Error, Equatable {
        var line: String
    }

    package init(text: String) throws(Unreadable) {
        self.init(defaultAction: .fail(errno: EPERM))
        for line in text.split(separator: "\n") {
            let content = line.prefix { $0 != "#" }
            var words = content.split(separator: " ")[...]
            guard !words.isEmpty else { continue }
            if content.first == " " {
                guard !rules.isEmpty else { throw Unreadable(line: String(line)) }
                rules[rules.count - 1].calls += words.map(String.init)
                continue
            }
            let isDefault = words.first == "default"
            if isDefault { words.removeFirst() }
            guard let action = Self.action(&words) else { throw Unreadable(line: String(line)) }
            if isDefault {
                defaultAction = action
            } else if let rule = Self.rule(action, content.drop { $0 != " " && $0 != ":" }) {
                rules.append(rule)
            } else {
                throw Unreadable(line: String(line))
            }
        }
    }

    private static func action(_ words: inout ArraySlice<Substring>) -> Action? {
        switch words.popFirst()?.prefix(while: { $0 != ":" }) {
        case "allow": return .allow
        case "fail":
            switch words.popFirst()?.prefix(while: { $0 != ":" }) {
            case "EPERM": return .fail(errno: EPERM)
            case "ENOSYS": return .fail(errno: ENOSYS)
            default: return nil
            }
        default: return nil
        }
    }

    private static func rule(_ action: Action, _ text: Substring) -> Rule? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        var rule = Rule(calls: parts[1].split(separator: " ").map(String.init), action: action)
        var words = parts[0].split(separator: " ")[...]
        if case .fail = action, words.first?.first == "E" { words.removeFirst() }
        while let keyword = words.popFirst() {
            let rest = words.prefix { !["with", "without", "on", "off", "from", "where"].contains($0) }
            words = words.dropFirst(rest.count)
            let names = rest.map(String.init)
            switch keyword {
            case "with": rule.needs.capabilities = names
            case "without": rule.needs.noCapabilities = names
            case "on": rule.needs.architectures = names
            case "off": rule.needs.noArchitectures = names
            case "from":
                let numbers = (names.last ?? "").split(separator: ".").compactMap { Int($0) }
                guard names.first == "kernel", numbers.count == 2 else { return nil }
                rule.needs.kernel = (numbers[0], numbers[1])
            case "where":
                guard let condition = Condition(names) else { return nil }
                rule.conditions.append(condition)
            default: return nil
            }
        }
        return rule
    }
}

extension SeccompProfile.Condition {
    /// "0 == 0x8" or "0 & 0x7e020000 == 0".
    fileprivate init?(_ words: [String]) {
        func number(_ word: String) -> UInt64? {
            word.hasPrefix("0x") ? UInt64(word.dropFirst(2), radix: 16) : UInt64(word)
        }
        guard words.count >= 3, let argument = Int(words[0]), (0...5).contains(argument),
            let comparison = SeccompProfile.Comparison(rawValue: words[1]), let first = number(words[2])
        else { return nil }
        if comparison == .masked {
            guard words.count == 5, words[3] == "==", let value = number(words[4]) else { return nil }
            self.init(argument: argument, comparison: comparison, value: value, mask: first)
        } else {
            guard words.count == 3 else { return nil }
            self.init(argument: argument, comparison: comparison, value: first)
        }
    }
}
