internal import CLinux
internal import DriverKit
internal import Glibc
internal import Host
internal import Logging
public import Storage
internal import SystemPackage
internal import Tree

/// The volumes of a store.
public struct Volumes: Sendable {
    let store: Store

    /// The volumes of this store.
    public init(_ store: Store) {
        self.store = store
    }

    func directory(of name: String) -> FilePath { store.volumes.appending(FilePath(name).components) }

    /// The volumes, in the order of their names.
    ///
    /// - Parameter damaged: called with the error for each that cannot be read.
    /// - Throws: ``SystemCallError``.
    public func all(damaged: (any Error) -> Void = { _ in }) throws -> [Volume] {
        guard Files.isDirectory(store.volumes) else { return [] }
        return try Files.list(store.volumes, following: false).sorted().compactMap { name in
            do { return try Volume(from: directory(of: name)) } catch {
                if (error as? SystemCallError)?.errno != .noSuchFileOrDirectory { damaged(error) }
                return nil
            }
        }
    }

    /// The volume of this name, or the one whose name begins so.
    ///
    /// - Throws: ``VolumeError``, ``SystemCallError``.
    public func find(_ name: String) throws -> Volume {
        guard !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else {
            throw VolumeError.invalidName(name)
        }
        if VolumeName.isValid(name), Files.isDirectory(directory(of: name)) {
            return try Volume(from: directory(of: name))
        }
        guard Files.isDirectory(store.volumes) else { throw VolumeError.noVolume(name) }
        let names = try Files.list(store.volumes, following: false).filter { $0.hasPrefix(name) }
        guard names.count <= 1 else { throw VolumeError.ambiguous(name, count: names.count) }
        guard let full = names.first else { throw VolumeError.noVolume(name) }
        return try Volume(from: directory(of: full))
    }

    /// Where its content is.
    public func mountPoint(of volume: Volume) -> String {
        (volume.device ?? directory(of: volume.name).appending(Volume.dataName)).string
    }

    /// Makes a volume; one of that name that is there already is as good.
    ///
    /// - Parameter name: nil for one that nobody has.
    /// - Throws: ``VolumeError``, ``SystemCallError``.
    public func create(
        _ name: String?, labels: [String: String] = [:], options: [String: String] = [:]
    ) throws -> Volume {
        var volume = Volume(name: name ?? VolumeName.random(), created: WallClock.now)
        volume.labels = labels
        volume.options = options
        volume.isAnonymous = name == nil
        return try make(volume)
    }

    /// Makes it, unless there is one of its name.
    @discardableResult
    func make(_ volume: Volume) throws -> Volume {
        try VolumeName.validate(volume.name)
        try Volume.check(volume.options)
        try store.create()
        try store.checkWritable()
        let target = directory(of: volume.name)
        while true {
            if Files.isDirectory(target) {
                let there = try Volume(from: target)
                guard volume.options.isEmpty || volume.options == there.options else {
                    throw VolumeError.otherOptions(volume.name)
                }
                return there
            }
            if try publish(volume, at: target) { return volume }
        }
    }

    /// - Returns: false if there is one of its name meanwhile.
    private func publish(_ volume: Volume, at target: FilePath) throws -> Bool {
        try Files.makeDirectories(store.volumes, mode: 0o700)
        return try store.withTemporaryDirectory { place in
            let made = place.appending("volume")
            // root's alone, as the whole store: what is in it may be a set-user-ID program.
            try Files.makeDirectory(made, mode: 0o700)
            try Files.makeDirectory(made.appending(Volume.dataName), mode: 0o755)
            let path = made.appending(Volume.fileName)
            let file = try Descriptor(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
            let number = file.rawValue
            try file.write(Array(volume.json.utf8), subject: path.string)
            try systemCall("fsync", path.string) { fsync(number) }
            do throws(SystemCallError) { try Files.rename(made, to: target) } catch {
                // It is not empty, so nothing can take its place.
                guard [.directoryNotEmpty, .fileExists].contains(error.errno) else { throw error }
                return false
            }
            return true
        }
    }

    /// Holds a volume for a container.
    ///
    /// - Parameters:
    ///   - missing: what is made if there is none; nil for an error then.
    ///   - fills: true to hold it alone if it is empty and nobody uses it: it is to be filled then.
    /// - Throws: ``VolumeError``, ``SystemCallError``.
    func hold(
        _ name: String, making missing: Volume?, toFill fills: Bool
    ) throws -> (held: HeldVolume, isToBeFilled: Bool) {
        try VolumeName.validate(name)
        let directory = directory(of: name)
        while true {
            if let missing { try make(missing) }
            do {
                if fills, let alone = try HeldVolume.hold(directory, .exclusive) {
                    if try alone.isEmpty { return (alone, true) }
                    try alone.share()
                    return (alone, false)
                }
                if let held = try HeldVolume.hold(directory, .shared) { return (held, false) }
            } catch {
                guard (error as? SystemCallError)?.errno == .noSuchFileOrDirectory else { throw error }
                guard missing != nil else { throw VolumeError.noVolume(name) }
            }
        }
    }

    /// Removes a volume that no container uses.
    ///
    /// - Throws: ``VolumeError``, ``SystemCallError``.
    public func remove(_ volume: Volume) throws { try remove(volume, endingWith: nil) }

    /// - Parameter container: the ID of one that uses it, and is being removed too.
    private func remove(_ volume: Volume, endingWith container: String?) throws {
        try store.checkWritable()
        let held: HeldVolume?
        do { held = try HeldVolume.hold(directory(of: volume.name), .exclusive) } catch {
            guard (error as? SystemCallError)?.errno == .noSuchFileOrDirectory else { throw error }
            throw VolumeError.noVolume(volume.name)
        }
        let users = try users(besides: container)[volume.name] ?? []
        guard let held, users.isEmpty else { throw VolumeError.inUse(volume.name, by: users) }
        let place = try Trash(store).place()
        try place.put(held.directory)
        place.empty()
    }

    /// Removes those of these volumes that nobody uses; what cannot be removed is logged.
    ///
    /// - Parameter container: the ID of one that uses them, and is being removed too.
    func removeUnused(_ names: [String], endingWith container: String? = nil, logger: Logger) {
        for name in names where VolumeName.isValid(name) {
            do { try remove(Volume(name: name, created: 0), endingWith: container) } catch {
                switch error {
                case VolumeError.noVolume, VolumeError.inUse: break
                default: logger.warning("\(error.problem)")
                }
            }
        }
    }

    /// Removes the volumes of a container that is not kept, whose directory is still there.
    func removeListed(in container: FilePath, logger: Logger) {
        let list = container.appending(ContainerVolumes.listName)
        guard let file = try? Descriptor(list, O_RDONLY | O_NOFOLLOW),
            let text = try? file.readAll(limit: 1 << 24, subject: list.string)
        else { return }
        let names = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
        removeUnused(names, endingWith: container.lastComponent?.string, logger: logger)
    }

    /// Which containers use which volume: by the volume's name, the containers' names.
    ///
    /// - Throws: ``SystemCallError``.
    public func users() throws -> [String: [String]] { try users(besides: nil) }

    private func users(besides container: String?) throws -> [String: [String]] {
        var users: [String: [String]] = [:]
        for record in try Containers(store).all() where record.id != container {
            for name in record.volumeNames { users[name, default: []].append(record.name) }
        }
        return users.mapValues { $0.sorted() }
    }

    /// What its files take on the disk, in bytes.
    ///
    /// - Throws: ``TreeError``.
    public func size(of volume: Volume) throws -> Int64 {
        try TreeUsage.measure(FilePath(mountPoint(of: volume))).bytes
    }
}
