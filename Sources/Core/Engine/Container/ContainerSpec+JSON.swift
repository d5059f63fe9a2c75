internal import Host
internal import Runtime
internal import Storage

extension ContainerSpec {
    /// The members as JSON, without those that are as usual.
    ///
    /// By hand: see ``ContainerRecord/json``.
    var json: String {
        var members = [
            ("arguments", Self.array(arguments, Self.bytes)),
            ("environment", Self.array(environment, Self.bytes)),
        ]
        func add(_ name: String, _ value: String, if isThere: Bool) {
            if isThere { members.append((name, value)) }
        }
        func add(_ name: String, _ value: Bool) { add(name, "true", if: value) }
        func add(_ name: String, _ values: [String]) {
            add(name, Self.array(values, JSONValue.quoted), if: !values.isEmpty)
        }
        func add(_ name: String, text: String?) {
            if let text { members.append((name, JSONValue.quoted(text))) }
        }
        func add(_ name: String, number: Int?) {
            if let number { members.append((name, "\(number)")) }
        }
        if entrypointCount != 0 { add("entrypointCount", number: entrypointCount) }
        if workingDirectory != "/" { add("workingDirectory", text: workingDirectory) }
        if !user.isEmpty { add("user", text: user) }
        add("groups", groups)
        add("hostname", text: hostname)
        add("domainName", text: domainName)
        add("terminal", terminal)
        add("interactive", interactive)
        add("readOnly", readOnly)
        add("reaper", reaper)
        if !isolation.isStandard { members.append(("isolation", isolation.json)) }
        if !limits.isEmpty { members.append(("limits", limits.json)) }
        if cgroupParent != .usual { add("cgroupParent", text: cgroupParent.text) }
        if !processLimits.isEmpty { add("processLimits", processLimits.map(\.text)) }
        add("oomScoreAdjustment", number: oomScoreAdjustment)
        if sharedMemory != RootSpec.usualSharedMemory { add("sharedMemory", number: Int(sharedMemory)) }
        if !kernelSettings.isEmpty {
            add("kernelSettings", kernelSettings.map { "\($0.name)=\($0.value)" })
        }
        if !extraHosts.isEmpty { add("extraHosts", extraHosts.map { "\($0.name)=\($0.address)" }) }
        if namespaces != NamespaceChoice() { members.append(("namespaces", namespaces.json)) }
        if let users { members.append(("users", users.json)) }
        if stopSignal != 15 { add("stopSignal", number: Int(stopSignal)) }
        add("stopTimeout", number: stopTimeout)
        if restart != .no { add("restart", text: restart.text) }
        if log != ContainerLogOptions() { members.append(("log", log.json)) }
        if !mounts.isEmpty { members.append(("mounts", Self.array(mounts, \.json))) }
        if let health { members.append(("health", health.json)) }
        if !labels.isEmpty {
            members.append(("labels", JSONValue.object(labels.mapValues { .string($0) }).text))
        }
        return Self.object(members)
    }

    static func object(_ members: [(String, String)]) -> String {
        "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(by: ",") + "}"
    }

    static func array<Value>(_ values: [Value], _ text: (Value) -> String) -> String {
        "[" + values.map(text).joined(by: ",") + "]"
    }

    /// Text, or where it is none, its bytes as numbers.
    private static func bytes(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return JSONValue.quoted(text) }
        return array(bytes) { "\($0)" }
    }
}

extension IsolationRequest {
    fileprivate var json: String {
        func list(_ values: [String]) -> String { ContainerSpec.array(values, JSONValue.quoted) }
        return ContainerSpec.object([
            ("addedCapabilities", list(addedCapabilities)),
            ("droppedCapabilities", list(droppedCapabilities)),
            ("securityOptions", list(securityOptions)), ("devices", list(devices)),
            ("privileged", "\(privileged)"),
        ])
    }
}

extension NamespaceChoice {
    fileprivate var json: String {
        ContainerSpec.object(
            [("pid", pid), ("ipc", ipc), ("uts", uts)].filter { $0.1 != .own }.map {
                ($0.0, JSONValue.quoted($0.1.text))
            })
    }
}

extension IDMap {
    fileprivate var json: String {
        func list(_ ranges: [IDRange]) -> String { ContainerSpec.array(ranges) { JSONValue.quoted($0.text) } }
        return ContainerSpec.object([("users", list(users)), ("groups", list(groups))])
    }
}

extension ContainerSpec: Decodable {
    private enum CodingKeys: CodingKey {
        case arguments, entrypointCount, environment, workingDirectory, user, groups, hostname, domainName
        case terminal, interactive, readOnly, reaper, isolation, limits, cgroupParent, processLimits
        case oomScoreAdjustment, sharedMemory, kernelSettings, extraHosts, namespaces, stopSignal
        case stopTimeout, restart, log, health, labels, mounts, users
    }

    private struct Bytes: Decodable {
        let bytes: [UInt8]

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let text = try? value.decode(String.self) {
                bytes = Array(text.utf8)
            } else {
                bytes = try value.decode([UInt8].self)
            }
        }
    }

    /// Members that are missing are as usual.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func read<Value: Decodable>(_ key: CodingKeys, _ usual: Value) throws -> Value {
            try values.decodeIfPresent(Value.self, forKey: key) ?? usual
        }
        func pairs(_ key: CodingKeys) throws -> [(String, String)] {
            try read(key, [String]()).compactMap { text in
                text.firstIndex(of: "=").map { (String(text[..<$0]), String(text[text.index(after: $0)...])) }
            }
        }
        self.init()
        arguments = try read(.arguments, [Bytes]()).map(\.bytes)
        entrypointCount = try read(.entrypointCount, 0)
        environment = try read(.environment, [Bytes]()).map(\.bytes)
        workingDirectory = try read(.workingDirectory, workingDirectory)
        user = try read(.user, user)
        groups = try read(.groups, groups)
        hostname = try values.decodeIfPresent(String.self, forKey: .hostname)
        domainName = try values.decodeIfPresent(String.self, forKey: .domainName)
        terminal = try read(.terminal, false)
        interactive = try read(.interactive, false)
        readOnly = try read(.readOnly, false)
        reaper = try read(.reaper, false)
        isolation = try read(.isolation, isolation)
        limits = try read(.limits, limits)
        cgroupParent = try read(.cgroupParent, cgroupParent)
        processLimits = try read(.processLimits, [String]()).map { try ProcessLimit($0) }
        oomScoreAdjustment = try values.decodeIfPresent(Int.self, forKey: .oomScoreAdjustment)
        sharedMemory = try read(.sharedMemory, sharedMemory)
        kernelSettings = try pairs(.kernelSettings).map { KernelSetting(name: $0, value: $1) }
        extraHosts = try pairs(.extraHosts).map { ExtraHost(name: $0, address: $1) }
        namespaces = try read(.namespaces, namespaces)
        if let map = try values.decodeIfPresent([String: [String]].self, forKey: .users) {
            users = try IDMap(
                users: (map["users"] ?? []).joined(separator: ","), option: "--userns",
                groups: (map["groups"] ?? []).joined(separator: ","), groupOption: "--userns")
        }
        stopSignal = try read(.stopSignal, stopSignal)
        stopTimeout = try values.decodeIfPresent(Int.self, forKey: .stopTimeout)
        restart = try RestartPolicy(read(.restart, "no"))
        log = try read(.log, log)
        health = try values.decodeIfPresent(HealthCheck.self, forKey: .health)
        labels = try read(.labels, labels)
        mounts = try read(.mounts, mounts)
    }
}
