internal import Host
internal import Images
internal import Runtime
internal import Storage
internal import SystemPackage

/// All about a container, in the form in which docker tells it.
public struct ContainerDetails: Encodable, Sendable {
    let record: ContainerRecord
    let state: ContainerState
    let health: HealthState?
    let logPath: String
    let mounts: [MountDetails]

    private enum CodingKeys: String, CodingKey {
        case mounts = "Mounts"
    }

    /// What docker says where there is no moment.
    private static let never = "0001-01-01T00:00:00Z"

    private static func time(_ nanoseconds: Int64?) -> JSONValue {
        .string(nanoseconds.map(CreationTime.text(nanoseconds:)) ?? never)
    }

    private static func list(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// Writes it.
    public func encode(to encoder: any Encoder) throws {
        try JSONValue.encode(members, to: encoder)
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(mounts, forKey: .mounts)
    }

    private var members: [String: JSONValue] {
        let spec = record.spec ?? ContainerSpec()
        return [
            "Id": .string(record.id), "Created": Self.time(record.created),
            "Path": .string(record.command.first ?? ""), "Args": Self.list(Array(record.command.dropFirst())),
            "State": .object(stateMembers), "Image": .string(record.manifest.map { "\($0)" } ?? ""),
            "Name": .string("/" + record.name), "Driver": .string(record.driver),
            "RestartCount": .integer(Int64(record.restarts ?? 0)), "LogPath": .string(logPath),
            "Config": .object(Self.config(spec, record)), "HostConfig": .object(Self.host(spec, record)),
            "NetworkSettings": .object(["Ports": .object([:]), "Networks": .object([:])]),
        ]
    }

    private var stateMembers: [String: JSONValue] {
        var members: [String: JSONValue] = [
            "Status": .string(state.rawValue), "Running": .bool(state == .running || state == .paused),
            "Paused": .bool(state == .paused), "Restarting": .bool(state == .restarting),
            "Dead": .bool(false),
            "OOMKilled": .bool(record.ranOutOfMemory == true), "Pid": .integer(Int64(record.process ?? 0)),
            "ExitCode": .integer(Int64(record.exitStatus ?? 0)), "Error": .string(record.failure ?? ""),
            "StartedAt": Self.time(record.started), "FinishedAt": Self.time(record.finished),
        ]
        if let health {
            members["Health"] = .object([
                "Status": .string(health.status), "FailingStreak": .integer(Int64(health.failingStreak)),
                "Log": .array(
                    health.checks.map { check in
                        .object([
                            "Start": Self.time(check.start), "End": Self.time(check.end),
                            "ExitCode": .integer(Int64(check.exitCode)), "Output": .string(check.output),
                        ])
                    }),
            ])
        }
        return members
    }

    /// What it was made to be.
    private static func config(_ spec: ContainerSpec, _ record: ContainerRecord) -> [String: JSONValue] {
        let words = spec.arguments.isEmpty ? record.command : spec.arguments.map(text)
        var members: [String: JSONValue] = [
            "Image": .string(record.image), "Hostname": .string(spec.hostname ?? record.id),
            "Domainname": .string(spec.domainName ?? ""), "User": .string(spec.user),
            "Tty": .bool(spec.terminal), "OpenStdin": .bool(spec.interactive),
            "Env": list(ContainerEnvironment.complete(spec.environment, id: record.id).map(text)),
            "Entrypoint": spec.entrypointCount == 0 ? .null : list(Array(words.prefix(spec.entrypointCount))),
            "Cmd": list(Array(words.dropFirst(spec.entrypointCount))),
            "WorkingDir": .string(spec.workingDirectory),
            "Labels": .object(spec.labels.mapValues { .string($0) }),
            "StopSignal": .string(SignalName.name(spec.stopSignal)),
        ]
        if let timeout = spec.stopTimeout { members["StopTimeout"] = .integer(Int64(timeout)) }
        if let health = spec.health {
            members["Healthcheck"] = .object([
                "Test": list(["CMD"] + health.arguments), "Interval": .integer(health.interval),
                "Timeout": .integer(health.timeout), "StartPeriod": .integer(health.startPeriod),
                "StartInterval": .integer(health.startInterval), "Retries": .integer(Int64(health.retries)),
            ])
        }
        return members
    }

    /// How it is shut in, and what it shares with the host.
    private static func host(_ spec: ContainerSpec, _ record: ContainerRecord) -> [String: JSONValue] {
        var (policy, most) = (spec.restart.text, 0)
        if case .onFailure(let number) = spec.restart { (policy, most) = ("on-failure", number ?? 0) }
        let members: [String: JSONValue] = [
            "AutoRemove": .bool(!record.keep), "Privileged": .bool(spec.isolation.privileged),
            "ReadonlyRootfs": .bool(spec.readOnly), "Init": .bool(spec.reaper),
            "RestartPolicy": .object(["Name": .string(policy), "MaximumRetryCount": .integer(Int64(most))]),
            "LogConfig": .object([
                "Type": .string(spec.log.driver.rawValue), "Config": .object(config(spec.log)),
            ]),
            "NetworkMode": .string("none"), "PidMode": .string(mode(spec.namespaces.pid)),
            "UsernsMode": .string(spec.users == nil ? "" : "private"),
            "IDMappings": spec.users.map(mappings) ?? .null,
            "IpcMode": .string(spec.namespaces.ipc.text), "UTSMode": .string(mode(spec.namespaces.uts)),
            "CapAdd": list(spec.isolation.addedCapabilities),
            "CapDrop": list(spec.isolation.droppedCapabilities),
            "SecurityOpt": list(spec.isolation.securityOptions), "Devices": list(spec.isolation.devices),
            "GroupAdd": list(spec.groups),
            "ExtraHosts": list(spec.extraHosts.map { "\($0.name):\($0.address)" }),
            "ShmSize": .integer(spec.sharedMemory),
            "OomScoreAdj": .integer(Int64(spec.oomScoreAdjustment ?? 0)),
            "Sysctls": .object(
                Dictionary(spec.kernelSettings.map { ($0.name, .string($0.value)) }, uniquingKeysWith: { $1 })
            ),
            "Ulimits": .array(
                spec.processLimits.map {
                    .object([
                        "Name": .string($0.name), "Soft": .integer(Int64(bitPattern: $0.soft)),
                        "Hard": .integer(Int64(bitPattern: $0.hard)),
                    ])
                }),
        ]
        return members.merging(spec.limitMembers) { $1 }
    }

    private static func config(_ log: ContainerLogOptions) -> [String: JSONValue] {
        guard log.driver != .none else { return [:] }
        return ["max-size": .string("\(log.maxSize ?? -1)"), "max-file": .string("\(log.maxFiles)")]
    }

    /// As podman has it.
    private static func mappings(_ map: IDMap) -> JSONValue {
        .object(["UidMap": list(map.users.map(\.text)), "GidMap": list(map.groups.map(\.text))])
    }

    /// Docker says nothing of what is usual.
    private static func mode(_ owner: NamespaceChoice.Owner) -> String { owner == .own ? "" : owner.text }
}

extension Container {
    /// All about it.
    ///
    /// - Throws: as ``record()``.
    public func details() throws -> ContainerDetails {
        let record = try record()
        let volumes = Volumes(store)
        let mounts = (record.spec?.mounts ?? []).map { request in
            let volume = request.kind == .volume ? request.source.flatMap { try? volumes.find($0) } : nil
            return MountDetails(request: request, volume: volume.map(volumes.mountPoint))
        }
        let hasLog = record.detached == true && record.spec?.log.driver != ContainerLogDriver.none
        return ContainerDetails(
            record: record, state: state(record), health: health(record),
            logPath: hasLog ? ContainerLog.path(in: logDirectory).string : "", mounts: mounts)
    }
}
