internal import Host
internal import Storage

extension MountRequest {
    /// The mount in a container's record; what is as usual is left out.
    ///
    /// By hand: it is written while a container starts.
    var json: String {
        var members = [
            ("type", JSONValue.quoted(kind.rawValue)), ("target", JSONValue.quoted(target)),
        ]
        if let source { members.append(("source", JSONValue.quoted(source))) }
        if readOnly != .no { members.append(("readOnly", JSONValue.quoted(readOnly.rawValue))) }
        if propagation != Self.usualPropagation {
            members.append(("propagation", JSONValue.quoted(propagation)))
        }
        if !isRecursive { members.append(("recursive", "false")) }
        if let subpath { members.append(("subpath", JSONValue.quoted(subpath))) }
        for (name, list) in [("denied", denied), ("options", options)] where !list.isEmpty {
            members.append((name, "[" + list.map(JSONValue.quoted).joined(by: ",") + "]"))
        }
        if makesSource { members.append(("create", "true")) }
        if isAnonymous { members.append(("anonymous", "true")) }
        return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(by: ",") + "}"
    }
}

extension MountRequest: Codable {
    private enum CodingKeys: String, CodingKey {
        case kind = "type"
        case source, target, readOnly, propagation, subpath, denied, options
        case isRecursive = "recursive"
        case isAnonymous = "anonymous"
        case makesSource = "create"
    }

    /// Reads what ``json`` wrote.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try values.decode(Kind.self, forKey: .kind),
            try values.decodeIfPresent(String.self, forKey: .source),
            at: "")
        let text = try values.decode(String.self, forKey: .target)
        let isNamed = kind == .volume
        guard setTarget(text) == nil, !isNamed || source.map(VolumeName.isValid) == true else {
            throw DecodingError.dataCorruptedError(forKey: .target, in: values, debugDescription: text)
        }
        readOnly = try values.decodeIfPresent(ReadOnly.self, forKey: .readOnly) ?? .no
        propagation =
            try values.decodeIfPresent(String.self, forKey: .propagation) ?? Self.usualPropagation
        isRecursive = try values.decodeIfPresent(Bool.self, forKey: .isRecursive) ?? true
        subpath = try values.decodeIfPresent(String.self, forKey: .subpath)
        denied = try values.decodeIfPresent([String].self, forKey: .denied) ?? []
        options = try values.decodeIfPresent([String].self, forKey: .options) ?? []
        makesSource = try values.decodeIfPresent(Bool.self, forKey: .makesSource) ?? false
        isAnonymous = try values.decodeIfPresent(Bool.self, forKey: .isAnonymous) ?? false
    }

    /// Writes the same as ``json``.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(kind, forKey: .kind)
        try values.encodeIfPresent(source, forKey: .source)
        try values.encode(target, forKey: .target)
        if readOnly != .no { try values.encode(readOnly, forKey: .readOnly) }
        if propagation != Self.usualPropagation { try values.encode(propagation, forKey: .propagation) }
        if !isRecursive { try values.encode(isRecursive, forKey: .isRecursive) }
        try values.encodeIfPresent(subpath, forKey: .subpath)
        if !denied.isEmpty { try values.encode(denied, forKey: .denied) }
        if !options.isEmpty { try values.encode(options, forKey: .options) }
        if makesSource { try values.encode(makesSource, forKey: .makesSource) }
        if isAnonymous { try values.encode(isAnonymous, forKey: .isAnonymous) }
    }
}
