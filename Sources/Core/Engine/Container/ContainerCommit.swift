internal import Glibc
internal import Host
public import Images
internal import Layers
public import Logging
internal import Runtime
public import Storage
internal import SystemPackage

/// Makes an image of a container's files: `mydocker commit`.
///
/// Of a container that runs on an image, what it has changed becomes one more layer; of one on a plain directory, the
/// whole tree becomes the only layer. The image is configured as its parent, not as the container was.
///
/// A running container stands still meanwhile, if its cgroup has a freezer (``ContainerFreezer``). Without one, or if
/// it is not wanted, each file is read at some moment while the layer is written, and a file that vanishes or shrinks
/// just then is an error; nothing of the image is published.
public struct ContainerCommit {
    /// What is asked for.
    public struct Request: Sendable {
        /// The container's name or ID.
        public var container: String
        /// The image's name; nil for none.
        public var image: ImageName?
        /// Who makes it.
        public var author: String?
        /// What they say about it.
        public var message: String?
        /// How its configuration differs from its parent's.
        public var instructions: [ConfigInstruction] = []
        /// When it is made, in seconds since 1970.
        public var created: Int64
        /// Whether a running container is to stand still.
        public var pauses = true

        /// A request for an image without a name.
        public init(container: String, created: Int64) {
            self.container = container
            self.created = created
        }
    }

    private let store: Store
    private let logger: Logger

    /// A commit in this store.
    public init(store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Makes the image.
    ///
    /// - Throws: an ``Explained`` error.
    public func run(_ request: Request) throws -> Image {
        let root = try ContainerRoot.find(request.container, in: store)
        let images = ImageStore(at: store.images)
        var parent: ImageDocuments?
        if let layer = root.record.layer {
            parent = try images.documents(ofTopLayer: layer, preferring: root.record.manifest)
            if parent == nil {
                throw ImageError.missingParent(container: request.container, image: root.record.image)
            }
        }
        guard request.pauses, root.isRunning else { return try write(request, root, parent, images) }
        let hierarchies = try CgroupHierarchy.all()
        guard let freezer = root.record.freezer(in: hierarchies) else {
            logger.notice("the container goes on running meanwhile: its cgroup has no freezer")
            return try write(request, root, parent, images)
        }
        return try ContainerPause.hold(root.directory, by: freezer) {
            try write(request, root, parent, images)
        }
    }

    private func write(
        _ request: Request, _ root: borrowing ContainerRoot, _ parent: ImageDocuments?, _ images: ImageStore
    ) throws -> Image {
        let commit = ImageStore.Commit(
            name: request.image, author: request.author, comment: request.message, created: request.created,
            createdBy: root.record.command.joined(separator: " "), instructions: request.instructions,
            command: root.record.command)
        let logger = logger
        let skip: @Sendable ([UInt8]) -> Void = { path in
            logger.warning("\(String(fileName: path).printable) is left out: it is a socket")
        }
        guard let parent else {
            return try root.withTree { tree in
                try images.commit(commit, on: nil) { writer in
                    try TreeArchiver.write(tree, to: writer, skip: skip)
                    return true
                }
            }
        }
        return try root.withChanges { changes, tree, format in
            try images.commit(commit, on: parent) { writer in
                if changes.isEmpty { return false }
                try LayerArchiver.write(changes, of: tree, format, to: writer, skip: skip)
                return true
            }
        }
    }
}
