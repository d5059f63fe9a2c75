internal import DriverKit
internal import Glibc
internal import Host
internal import Logging
internal import Mount
internal import Runtime
internal import Storage
internal import SystemPackage
internal import Tree

/// What is mounted in a container besides its root: the volumes are held, so that nobody removes them, until the container
/// ends.
final class ContainerVolumes {
    private let requests: [MountRequest]
    private let volumes: Volumes
    /// By their names.
    private var held: [String: HeldVolume] = [:]
    /// Those that are to get what the image has at these places.
    private var empty: [(volume: HeldVolume, target: String)] = []

    /// The names of volumes that go with a container of which nothing is kept: a file in its directory.
    static let listName: FilePath.Component = "volumes"

    /// - Parameter requests: each volume has its name (``MountRequest/resolve(_:from:image:)``).
    init(_ requests: [MountRequest], in volumes: Volumes) {
        self.requests = requests
        self.volumes = volumes
    }

    /// The same for init.
    var mounts: [ContainerMount] {
        requests.map { $0.mount(volume: $0.source.flatMap { held[$0]?.data }) }
    }

    /// Where the volumes are that are held, but those that are other directories of the host.
    var directories: [FilePath] { held.values.filter { $0.volume.device == nil }.map(\.data) }

    /// The same where nothing is made.
    var plannedMounts: [ContainerMount] {
        requests.map { request in
            guard request.kind == .volume, let name = request.source else {
                return request.mount(volume: nil)
            }
            return request.mount(volume: volumes.directory(of: name).appending(Volume.dataName))
        }
    }

    private var anonymous: [String] {
        requests.filter { $0.kind == .volume && $0.isAnonymous }.compactMap(\.source)
    }

    /// Makes what is missing for a new container.
    ///
    /// - Parameters:
    ///   - container: its directory.
    ///   - parents: what its root is made of.
    /// - Throws: ``VolumeError``, ``SystemCallError``, or what the driver throws.
    func make(
        for container: FilePath, from parents: [SnapshotDirectory], by snapshots: SnapshotStore,
        durably isDurable: Bool
    ) throws {
        if requests.isEmpty { return }
        let names = anonymous
        // Before they are there: whoever finds the container abandoned removes them.
        if !names.isEmpty {
            try Files.create(
                container.appending(Self.listName), names.joined(separator: "\n") + "\n", mode: 0o600)
        }
        try hold(isNew: true)
        try fill(from: parents, by: snapshots, durably: isDurable)
    }

    /// Holds the volumes of a container that was made before.
    ///
    /// - Throws: ``VolumeError``, ``SystemCallError``.
    func hold() throws { try hold(isNew: false) }

    func hold(isNew: Bool) throws {
        // In one order for all, as some are held alone.
        let wanted = requests.filter { $0.kind == .volume }.sorted { ($0.source ?? "") < ($1.source ?? "") }
        for request in wanted {
            guard let name = request.source, held[name] == nil else { continue }
            var missing: Volume?
            if isNew {
                missing = Volume(name: name, created: WallClock.now)
                missing?.labels = request.labels
                missing?.options = request.volumeOptions
                missing?.isAnonymous = request.isAnonymous
            }
            let fills = isNew && request.copiesImage && request.subpath == nil
            let (volume, isToBeFilled) = try volumes.hold(name, making: missing, toFill: fills)
            held[name] = volume
            if isToBeFilled { empty.append((volume, request.target)) }
        }
        for request in requests where request.kind == .bind {
            let path = FilePath(request.source ?? "")
            if Files.exists(path.appending(".")) || Files.exists(path) { continue }
            guard request.makesSource else { throw VolumeError.noSource(path: path.string) }
            try Files.makeDirectories(path)
        }
    }

    /// Holds what is there of them, and is mounted from somewhere: for a look into a container that does not run.
    func holdPresent() -> [ContainerMount] {
        requests.compactMap { request in
            switch request.kind {
            case .tmpfs: return nil
            case .bind: break
            case .volume:
                guard let name = request.source,
                    let volume = try? held[name] ?? volumes.hold(name, making: nil, toFill: false).held
                else { return nil }
                held[name] = volume
            }
            let mount = request.mount(volume: request.source.flatMap { held[$0]?.data })
            guard case .host(let path, _) = mount.source, Files.exists(path) else { return nil }
            return mount
        }
    }

    /// Lets go of all of them.
    func release() {
        for volume in held.values { volume.release() }
        held = [:]
    }

    /// Whether any volume is to get something of the image.
    var needsFilling: Bool { !empty.isEmpty }

    /// Lets go of all of them when the container has ended.
    ///
    /// - Parameters:
    ///   - container: its ID.
    ///   - removes: true if nothing of the container is left: its own volumes go too, unless others use them.
    func end(of container: String, removing removes: Bool, logger: Logger) {
        release()
        if removes { volumes.removeUnused(anonymous, endingWith: container, logger: logger) }
    }

    /// Copies what the image has at the places of empty volumes into them.
    ///
    /// A copy is made elsewhere and takes the place of the empty directory when it is complete. What it is a copy of is
    /// found with the image's root as root.
    ///
    /// - Parameter parents: what the container's root is made of.
    /// - Throws: ``VolumeError/notFilled(_:target:_:)``, or what the driver throws.
    func fill(
        from parents: [SnapshotDirectory], by snapshots: SnapshotStore, durably isDurable: Bool
    ) throws {
        if empty.isEmpty { return }
        let store = snapshots.store
        let place = try LiveDirectory.makeUnique(in: store.temporary, store: store)
        let path = place.path
        defer { try? store.remove(path, of: snapshots.driver) }
        let target = path.appending("root")
        try Files.makeDirectory(target, mode: 0o700)
        let view = SnapshotDirectory(path.appending("view"))
        try snapshots.create(view, on: parents, for: .mounting(.readOnly, at: target))
        let plan = try snapshots.mounts(of: view, on: parents, at: target, access: .readOnly)
        let wanted = empty.map { (name: $0.volume.volume.name, target: $0.target) }
        let copied = try PrivateMountNamespace.run {
            try plan.execute()
            let root = try Descriptor(target, O_RDONLY | O_DIRECTORY)
            return try wanted.enumerated().map { number, volume in
                do {
                    return try Self.copy(volume.target, of: root, to: path.appending("\(number)"))
                } catch {
                    let explanation = (error as? any Explained)?.explanation
                    throw VolumeError.notFilled(
                        volume.name, target: volume.target,
                        .init(problem: error.problem, remedy: explanation?.remedy))
                }
            }
        }
        if isDurable && copied.contains(true) { try SnapshotDirectory.sync(path) }
        for (number, volume) in empty.map(\.volume).enumerated() {
            if copied[number] { try Files.rename(path.appending("\(number)"), to: volume.data) }
            try volume.share()
        }
    }

    /// - Returns: false if there is no such directory.
    private static func copy(
        _ path: String, of root: borrowing Descriptor, to copy: FilePath
    ) throws -> Bool {
        let source: Descriptor
        do {
            source = try CopyRoot(directory: root.rawValue).open(Array(path.utf8), O_RDONLY | O_DIRECTORY)
        } catch {
            guard [.noSuchFileOrDirectory, .notDirectory].contains(error.errno) else { throw error }
            return false
        }
        try Files.makeDirectory(copy)
        try TreeCopy.copy(FilePath("/proc/self/fd/\(source.rawValue)"), into: copy)
        return true
    }
}

extension MountRequest {
    /// The mounts of a container: those that the user wants, then those of other containers, then the image's, one at each
    /// place; with a name for each volume, and those further up before those that may be in them.
    ///
    /// - Parameters:
    ///   - others: of the containers that `--volumes-from` names.
    ///   - paths: the image's `Volumes`.
    /// - Throws: ``VolumeError/targetTaken(_:)``.
    static func resolve(
        _ requests: [MountRequest], from others: [MountRequest] = [], image paths: [String] = []
    ) throws(VolumeError) -> [MountRequest] {
        if requests.isEmpty && others.isEmpty && paths.isEmpty { return [] }
        var result: [MountRequest] = []
        for request in requests {
            guard !result.contains(where: { $0.target == request.target }) else {
                throw .targetTaken(request.target)
            }
            result.append(request)
        }
        for request in others + paths.sorted().compactMap(MountRequest.init(imageVolume:))
        where !result.contains(where: { $0.target == request.target }) {
            result.append(request)
        }
        for index in result.indices where result[index].kind == .volume && result[index].source == nil {
            result[index].source = VolumeName.random()
        }
        let depths = result.enumerated().map { ($1, FilePath($1.target).components.count, $0) }
        return depths.sorted { ($0.1, $0.2) < ($1.1, $1.2) }.map(\.0)
    }

    /// For init.
    ///
    /// - Parameter volume: where the volume's content is.
    func mount(volume: FilePath?) -> ContainerMount {
        let source: ContainerMount.Source =
            switch kind {
            case .tmpfs: .memory(options: options.joined(separator: ","))
            case .bind, .volume:
                .host(volume ?? FilePath(self.source ?? ""), inside: subpath.map { FilePath($0) })
            }
        var mount = ContainerMount(source, at: FilePath(target))
        mount.readOnly =
            switch readOnly {
            case .no: .no
            case .yes: .yes
            case .alone: .alone
            case .throughout: .throughout
            }
        let known: [(String, MountTree.Denial)] = [
            ("noexec", .programs), ("nosuid", .privileges), ("nodev", .devices),
        ]
        for (name, denial) in known where denied.contains(name) { mount.denied.insert(denial) }
        mount.propagatesBelow = propagation.hasPrefix("r")
        mount.propagation =
            propagation.hasSuffix("shared")
            ? .isShared : propagation.hasSuffix("slave") ? .isSlave : .isPrivate
        mount.isRecursive = isRecursive
        return mount
    }
}
