internal import Host
internal import Runtime
internal import SystemPackage

/// What docker's options for mounts say.
extension MountRequest {
    /// `-v [SOURCE:]TARGET[:OPTIONS]`.
    ///
    /// - Parameter directory: what a source that begins with "." is relative to.
    /// - Throws: ``RunError/invalidOption(option:value:reason:)``.
    public init(volume text: String, in directory: String) throws {
        func refuse(_ reason: String) -> RunError {
            .invalidOption(option: "--volume", value: text, reason: reason)
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), !parts.contains("") else {
            throw refuse("not of the form [SOURCE:]TARGET[:OPTIONS]")
        }
        if parts.count == 1 {
            self.init(.volume, at: "")
            isAnonymous = true
        } else if parts[0].hasPrefix("/") || parts[0].hasPrefix(".") {
            let path = parts[0].hasPrefix("/") ? parts[0] : directory + "/" + parts[0]
            self.init(.bind, FilePath(path).lexicallyNormalized().string, at: "")
            makesSource = true
        } else {
            guard VolumeName.isValid(parts[0]) else {
                throw refuse(
                    "\"\(parts[0])\" is neither an absolute path nor a volume's name: at least two letters, digits, '.', '-', '_'"
                )
            }
            self.init(.volume, parts[0], at: "")
        }
        if let reason = setTarget(parts.count == 1 ? parts[0] : parts[1]) { throw refuse(reason) }
        guard parts.count == 3 else { return }
        for word in parts[2].split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            guard take(word) else { throw refuse("there is no option \"\(word)\" for it") }
        }
        if kind == .bind && !copiesImage { throw refuse("nocopy is for volumes") }
    }

    /// `--tmpfs TARGET[:OPTIONS]`.
    ///
    /// - Throws: ``RunError/invalidOption(option:value:reason:)``.
    public init(tmpfs text: String) throws {
        func refuse(_ reason: String) -> RunError {
            .invalidOption(option: "--tmpfs", value: text, reason: reason)
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        self.init(.tmpfs, at: "")
        // As docker's.
        denied = ["noexec", "nosuid", "nodev"]
        if let reason = setTarget(parts[0]) { throw refuse(reason) }
        guard parts.count == 2 else { return }
        for word in parts[1].split(separator: ",").map(String.init) {
            if Self.isMemoryOption(word) {
                options.append(word)
            } else if !["notmpcopyup", "relatime", "rprivate", "private"].contains(word) {
                guard ["rw", "ro", "exec", "suid", "dev", "noexec", "nosuid", "nodev"].contains(word),
                    take(word)
                else { throw refuse("there is no option \"\(word)\" for it") }
            }
        }
    }

    /// True for "size=64m" and what else tmpfs(5) takes with a plain value.
    private static func isMemoryOption(_ word: String) -> Bool {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[1].isEmpty
            && ["size", "mode", "uid", "gid", "nr_inodes", "nr_blocks"].contains(parts[0])
            && parts[1].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "%") }
    }

    /// `--mount type=bind|volume|tmpfs,KEY=VALUE,...`.
    ///
    /// - Parameter directory: what a source that begins with "." is relative to.
    /// - Throws: ``RunError/invalidOption(option:value:reason:)``.
    public init(mount text: String, in directory: String) throws {
        func refuse(_ reason: String) -> RunError {
            .invalidOption(option: "--mount", value: text, reason: reason)
        }
        guard let fields = Self.fields(ofLine: text) else { throw refuse("a quote without its other half") }
        let pairs = fields.map { field in
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (key: parts[0].lowercased(), value: parts.count == 2 ? String(parts[1]) : nil)
        }
        let type = pairs.last { $0.key == "type" }?.value ?? Kind.volume.rawValue
        guard let kind = Kind(rawValue: type) else {
            throw refuse("there is no type \"\(type)\": bind, volume or tmpfs")
        }
        self.init(kind, at: "")
        var target: String?
        for (key, value) in pairs where key != "type" {
            if let reason = try set(key, value, &target) { throw refuse(reason) }
        }
        guard let target else { throw refuse("no target") }
        if let reason = setTarget(target) { throw refuse(reason) }
        try finish(in: directory, refuse)
    }

    /// Checks what belongs together.
    private mutating func finish(in directory: String, _ refuse: (String) -> RunError) throws {
        switch (kind, source) {
        case (.bind, nil): throw refuse("no source")
        case (.bind, let path?):
            guard path.hasPrefix("/") || path.hasPrefix(".") else {
                throw refuse("the source is not an absolute path")
            }
            let absolute = path.hasPrefix("/") ? path : directory + "/" + path
            source = FilePath(absolute).lexicallyNormalized().string
        case (.volume, nil): isAnonymous = true
        case (.volume, let name?):
            guard VolumeName.isValid(name) else { throw refuse("\"\(name)\" cannot be a volume's name") }
        case (.tmpfs, nil): denied = ["noexec", "nosuid", "nodev"]
        case (.tmpfs, _?): throw refuse("a tmpfs has no source")
        }
    }

    /// Takes one key of `--mount`.
    ///
    /// - Returns: what is wrong with it.
    private mutating func set(_ key: String, _ value: String?, _ target: inout String?) throws -> String? {
        let isBind = kind == .bind
        switch (key, value) {
        case ("source", let value?), ("src", let value?): source = value.isEmpty ? nil : value
        case ("target", let value?), ("destination", let value?), ("dst", let value?): target = value
        case ("readonly", _), ("ro", _):
            guard let isSet = Self.flag(value) else { return "\(key) is true or false" }
            if isSet, readOnly == .no { readOnly = .yes }
            if !isSet { readOnly = .no }
        case ("rw", nil): readOnly = .no
        case ("bind-propagation", let value?) where isBind:
            guard value.hasSuffix("private") || value.hasSuffix("slave") || value.hasSuffix("shared"),
                take(value)
            else { return "there is no bind-propagation \"\(value)\"" }
        case ("bind-nonrecursive", _) where isBind:
            guard let isSet = Self.flag(value) else { return "\(key) is true or false" }
            isRecursive = !isSet
        case ("bind-recursive", let value?) where isBind:
            switch value {
            case "enabled": isRecursive = true
            case "disabled": isRecursive = false
            case "writable": readOnly = .alone
            case "readonly": readOnly = .throughout
            default: return "bind-recursive is enabled, disabled, writable or readonly"
            }
        case ("bind-create-src", _) where isBind:
            guard let isSet = Self.flag(value) else { return "\(key) is true or false" }
            makesSource = isSet
        case ("volume-nocopy", _) where kind == .volume:
            guard let isSet = Self.flag(value) else { return "\(key) is true or false" }
            copiesImage = !isSet
        case ("volume-driver", "local") where kind == .volume: break
        case ("volume-driver", let value?) where kind == .volume:
            return "there is no volume driver \"\(value)\""
        case ("volume-opt", let value?) where kind == .volume:
            let pair = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            volumeOptions[String(pair[0])] = pair.count == 2 ? String(pair[1]) : ""
        case ("volume-label", let value?) where kind == .volume:
            let pair = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            labels[String(pair[0])] = pair.count == 2 ? String(pair[1]) : ""
        case ("volume-subpath", let value?) where kind == .volume:
            let path = FilePath(value).lexicallyNormalized()
            guard !value.isEmpty, path.isRelative, path.components.first?.kind == .regular else {
                return "volume-subpath does not lie in the volume"
            }
            subpath = path.string
        case ("tmpfs-size", let value?) where kind == .tmpfs:
            guard let size = Self.size(value) else { return "\"\(value)\" is no size" }
            options.append("size=\(size)")
        case ("tmpfs-mode", let value?) where kind == .tmpfs:
            guard let mode = UInt32(value, radix: 8), mode <= 0o7777 else {
                return "tmpfs-mode is an octal number"
            }
            options.append("mode=" + String(mode, radix: 8))
        case ("consistency", _?), ("relabel", _?): break
        default:
            return value == nil && !["source", "src", "target", "dst", "destination"].contains(key)
                ? "there is no key \"\(key)\" for a \(kind.rawValue)"
                : "there is no key \"\(key)\" for a \(kind.rawValue), or it needs a value"
        }
        return nil
    }

    /// A value of Go's strconv.ParseBool; nothing is true.
    private static func flag(_ value: String?) -> Bool? {
        switch value {
        case nil, "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }

    /// A number of bytes, or with k, m or g (powers of 1024); nil for anything else.
    private static func size(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: [String: Int64] = ["": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40]
        var unit = text.dropFirst(digits.count).lowercased()
        if unit.count == 2, unit.hasSuffix("b") { unit.removeLast() }
        guard let value = Int64(digits), let factor = units[unit] else { return nil }
        let (bytes, isTooMuch) = value.multipliedReportingOverflow(by: factor)
        return isTooMuch ? nil : bytes
    }

    /// The fields of a line of comma-separated values (RFC 4180); nil for a quote without its other half.
    private static func fields(ofLine line: String) -> [String]? {
        var fields: [String] = []
        var rest = line[...]
        while true {
            var field = ""
            if rest.first == "\"" {
                rest.removeFirst()
                while true {
                    guard let end = rest.firstIndex(of: "\"") else { return nil }
                    field += rest[..<end]
                    rest = rest[rest.index(after: end)...]
                    guard rest.first == "\"" else { break }
                    field += "\""
                    rest.removeFirst()
                }
            }
            let end = rest.firstIndex(of: ",") ?? rest.endIndex
            field += rest[..<end]
            fields.append(field)
            guard end != rest.endIndex else { return fields }
            rest = rest[rest.index(after: end)...]
        }
    }
}
