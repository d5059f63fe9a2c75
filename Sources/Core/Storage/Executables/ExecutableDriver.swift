internal import DriverKit
internal import Host
internal import Mount
internal import Synchronization
internal import SystemPackage

/// A driver that is a program of its own: Core asks it by JSON, one call a question, and holds its answers to what they
/// may be (docs/driver-protocol.md).
struct ExecutableDriver: StorageDriver {
    let executable: DriverExecutable
    let declaration: DriverDeclaration
    /// Why it could not be asked what it is: it is not asked anything else then.
    let problem: ExecutableDriverError?
    /// The plan that came with a snapshot, until it is asked for.
    private let plans = PreparedPlans()

    var name: String { executable.name }
    var layers: LayerModel { declaration.layers }
    var capabilities: DriverCapabilities { declaration.capabilities }
    var differences: DriverDifferences { declaration.differences }

    init(_ executable: DriverExecutable, _ declaration: DriverDeclaration) {
        self.executable = executable
        self.declaration = declaration
        problem = nil
    }

    /// One that could not be asked; whatever it is used for fails with that.
    init(_ executable: DriverExecutable, failing problem: ExecutableDriverError) {
        self.executable = executable
        declaration = .unknown
        self.problem = problem
    }

    private func ask(
        _ verb: DriverVerb, _ members: [String: JSONValue]
    ) throws(ExecutableDriverError) -> DriverObject {
        if let problem { throw problem }
        return try executable.ask(verb, members)
    }

    /// What it says now; what could not be asked is unsupported for that.
    func probe(in directory: FilePath) -> DriverSupport {
        do throws(ExecutableDriverError) {
            let answer = try ask(.probe, ["directory": value(directory, .probe)])
            return try reading(.probe) { () throws(DriverField.Wrong) in try DriverDeclaration(answer) }
                .support
        } catch {
            return .unsupported(reason: error.explanation.problem, remedy: error.explanation.remedy)
        }
    }

    func create(_ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], for use: SnapshotUse) throws {
        if !declaration.makesLayer { try snapshot.makeLayer(on: parents.first) }
        var request = try members(snapshot, on: parents, .prepare)
        if let access = use.access { request["access"] = .string(access.rawValue) }
        if let target = use.target { request["target"] = try value(target, .prepare) }
        request["options"] = .object(use.options.mapValues { .string($0) })
        let answer = try ask(.prepare, request)
        guard Files.isDirectory(snapshot.layer) else {
            throw ExecutableDriverError(
                name, .prepare, .wrongField("the snapshot", "has no directory \(snapshot.layer)"))
        }
        // Without a target there is nothing to be planned, whatever the answer says.
        if let access = use.access, let target = use.target, let plan = answer["plan"].ifPresent {
            try check(layers: parents)
            let checked = try self.plan(
                plan, .prepare, PlanCheck(snapshot: snapshot, parents: parents, target: target))
            plans.note(
                checked, for: .init(snapshot: snapshot, parents: parents, target: target, access: access))
        }
    }

    func reopen(_ snapshot: SnapshotDirectory) throws {
        guard declaration.verbs.contains(.reopen) else { return }
        _ = try ask(.reopen, ["snapshot": value(snapshot, .reopen)])
    }

    func mounts(
        of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], at target: FilePath,
        access: RootAccess
    ) throws -> MountPlan {
        try check(layers: parents)
        let use = PreparedPlans.Use(snapshot: snapshot, parents: parents, target: target, access: access)
        if let plan = plans.take(use) { return plan }
        var request = try members(snapshot, on: parents, .mounts)
        request["access"] = .string(access.rawValue)
        request["target"] = try value(target, .mounts)
        let answer = try ask(.mounts, request)
        return try plan(
            answer["plan"], .mounts, PlanCheck(snapshot: snapshot, parents: parents, target: target))
    }

    func finish(_ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]) throws -> MountPlan {
        guard declaration.verbs.contains(.seal) else { return MountPlan([]) }
        let answer = try ask(.seal, try members(snapshot, on: parents, .seal))
        guard let field = answer["plan"].ifPresent else { return MountPlan([]) }
        return try plan(field, .seal, PlanCheck(snapshot: snapshot, parents: parents, target: nil))
    }

    func reading(_ snapshot: SnapshotDirectory) throws -> MountPlan {
        guard declaration.verbs.contains(.reading) else { return MountPlan([]) }
        let answer = try ask(.reading, ["snapshot": value(snapshot, .reading)])
        guard let field = answer["plan"].ifPresent else { return MountPlan([]) }
        return try plan(field, .reading, PlanCheck(snapshot: snapshot, parents: [], target: nil))
    }

    func discard(_ snapshot: SnapshotDirectory) throws {
        plans.forget(snapshot)
        guard declaration.verbs.contains(.discard) else { return }
        _ = try ask(.discard, ["snapshot": value(snapshot, .discard)])
    }

    func usage(of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]) throws -> SnapshotUsage? {
        guard declaration.verbs.contains(.usage) else { return nil }
        let answer = try ask(.usage, try members(snapshot, on: parents, .usage))
        guard answer["bytes"].ifPresent != nil else { return nil }
        return try reading(.usage) { () throws(DriverField.Wrong) in
            SnapshotUsage(
                bytes: Int64(try answer["bytes"].count()), inodes: Int64(try answer["inodes"].count()))
        }
    }

    func changedDirectories(
        of snapshot: SnapshotDirectory, since parent: SnapshotDirectory
    ) throws -> Set<FilePath>? {
        guard declaration.verbs.contains(.changedDirectories) else { return nil }
        let answer = try ask(
            .changedDirectories, try members(snapshot, on: [parent], .changedDirectories))
        guard let list = answer["directories"].ifPresent else { return nil }
        return try reading(.changedDirectories) { () throws(DriverField.Wrong) in
            var paths: Set<FilePath> = []
            for field in try list.elements() {
                let text = try field.string()
                let path = FilePath(text)
                guard path.isRelative, path.lexicallyNormalized() == path,
                    path.components.first?.kind != .parentDirectory,
                    path.string == text
                else { throw field.wrong("is not a path from the tree's root") }
                paths.insert(path)
            }
            return paths
        }
    }

    private func check(layers: [SnapshotDirectory]) throws(StorageError) {
        guard let limit = capabilities.layerLimit, layers.count > limit else { return }
        throw .tooManyLayers(driver: name, layers: layers.count, limit: limit)
    }

    private func plan(
        _ field: DriverField, _ verb: DriverVerb, _ check: PlanCheck
    ) throws(ExecutableDriverError) -> MountPlan {
        try reading(verb) { () throws(DriverField.Wrong) in
            let plan = try MountPlan(field)
            try check.check(plan)
            return plan
        }
    }

    private func reading<Value>(
        _ verb: DriverVerb, _ body: () throws(DriverField.Wrong) -> Value
    ) throws(ExecutableDriverError) -> Value {
        do throws(DriverField.Wrong) { return try body() } catch {
            throw ExecutableDriverError(name, verb, .wrongField(error.field, error.reason))
        }
    }

    // MARK: Requests

    private func members(
        _ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], _ verb: DriverVerb
    ) throws(ExecutableDriverError) -> [String: JSONValue] {
        var below: [JSONValue] = []
        for parent in parents { below.append(try value(parent, verb)) }
        return ["snapshot": try value(snapshot, verb), "parents": .array(below)]
    }

    private func value(
        _ snapshot: SnapshotDirectory, _ verb: DriverVerb
    ) throws(ExecutableDriverError) -> JSONValue {
        .object([
            "path": try value(snapshot.path, verb), "layer": try value(snapshot.layer, verb),
            "plain": .bool(snapshot.isPlain),
        ])
    }

    /// JSON has no other text than Unicode.
    private func value(
        _ path: FilePath, _ verb: DriverVerb
    ) throws(ExecutableDriverError) -> JSONValue {
        guard FilePath(path.string) == path else {
            throw ExecutableDriverError(name, verb, .pathNotText(path.string))
        }
        return .string(path.string)
    }
}
