public import DriverKit
internal import OverlayDriver
public import SystemPackage

/// Snapshots as layers of overlayfs, each finished one packed into an EROFS image: one file, which nothing can change.
///
/// A finished snapshot holds `layer.erofs`, its digest beside it, and `fs`, empty, with the mode, owner, times and
/// attributes of the layer's root, where the image is mounted to be used. A snapshot that is not finished is as one of
/// ``OverlayDriver``, which it is mounted by.
public struct EROFSDriver: StorageDriver {
    /// What users say: `--storage erofs`.
    public let name = "erofs"

    /// The form of overlayfs.
    public let layers: LayerModel

    /// Those of overlayfs; a finished snapshot is its image.
    public let capabilities: DriverCapabilities

    /// Those of overlayfs.
    public let differences: DriverDifferences

    private let overlay = OverlayDriver()

    /// A driver; it holds no state.
    public init() {
        layers = overlay.layers
        capabilities = DriverCapabilities(
            layerLimit: overlay.capabilities.layerLimit, finishedName: SnapshotDirectory.imageName)
        differences = overlay.differences
    }

    /// Makes the layer directory and, where it is going to be an upper one, what overlayfs needs for that.
    public func create(
        _ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], for use: SnapshotUse
    ) throws {
        try overlay.create(snapshot, on: parents, for: use)
    }

    /// Forgets an image that a finish has made which was interrupted before it took anything away.
    ///
    /// - Throws: ``EROFSError/halfFinished(_:)`` after one that had begun to.
    public func reopen(_ snapshot: SnapshotDirectory) throws {
        guard Files.exists(snapshot.image) else { return }
        guard !Files.exists(MountStep.digest(of: snapshot.image)) else {
            throw EROFSError.halfFinished(snapshot.path)
        }
        try Files.remove(snapshot.image)
    }

    /// The images of the parents, each mounted on its own `fs`, and the union of those; it keeps them, so that they are
    /// out of sight again then.
    public func mounts(
        of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], at target: FilePath,
        access: RootAccess
    ) throws -> MountPlan {
        guard parents.count <= OverlayDriver.layerLimit else {
            throw StorageError.tooManyLayers(
                driver: name, layers: parents.count, limit: OverlayDriver.layerLimit)
        }
        let union = try overlay.mounts(of: snapshot, on: parents, at: target, access: access)
        let images = parents.filter { !$0.isPlain && Files.exists($0.image) }
        if access == .readOnly, parents.count == 1, let only = images.first {
            return MountPlan([.mount(only.mount(at: target))])
        }
        return MountPlan(
            images.map { .mount($0.mount(at: $0.layer)) } + union.steps
                + images.map { .detach(target: $0.layer) })
    }

    /// Packs the layer directory into an image, and then has that sealed and the directory emptied.
    ///
    /// The image has its name when it is complete, and its digest when it is sealed: only then is anything taken away,
    /// so that a finish can be interrupted anywhere, and done again.
    public func finish(_ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]) throws -> MountPlan {
        if Files.exists(snapshot.image), Files.exists(MountStep.digest(of: snapshot.image)) {
            return MountPlan([.clear(directory: snapshot.layer)])
        }
        // What was mounted may be all there is of it; a layer is unpacked again, and synced as a whole.
        try ImageWriter.write(
            snapshot.layer, to: snapshot.newImage, isDurable: overlay.hasBeenMountable(snapshot))
        try Files.rename(snapshot.newImage, to: snapshot.image)
        return MountPlan([.protect(file: snapshot.image), .clear(directory: snapshot.layer)])
    }

    /// The image, mounted on the layer directory.
    public func reading(_ snapshot: SnapshotDirectory) throws -> MountPlan {
        // Also of one whose finish was interrupted: the image is all of it.
        Files.exists(snapshot.image) ? MountPlan([.mount(snapshot.mount(at: snapshot.layer))]) : MountPlan([])
    }

    /// Of a finished snapshot: its image is one file.
    public func usage(
        of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]
    ) throws -> SnapshotUsage? {
        try Files.exists(snapshot.image) ? Files.usage(of: snapshot.image) : nil
    }
}

/// What is particular to images.
public enum EROFSError: Explained, Equatable {
    /// A finish was interrupted while it emptied the layer directory: what was in it is in the image.
    case halfFinished(FilePath)

    /// What the user is told.
    public var explanation: Explanation {
        switch self {
        case .halfFinished(let path):
            Explanation(
                "the snapshot \(path) cannot be written to: its commit was interrupted at the very end",
                remedy: "commit it again")
        }
    }
}

extension SnapshotDirectory {
    fileprivate static let imageName = "layer.erofs"
    /// The finished layer.
    fileprivate var image: FilePath { path.appending(FilePath(Self.imageName).components) }
    /// The same while it is being written.
    fileprivate var newImage: FilePath { FilePath(image.string + ".new") }

    fileprivate func mount(at target: FilePath) -> FileSystemMount {
        FileSystemMount(
            type: "erofs", source: image.string, target: target, readOnly: true, isImage: true)
    }
}
