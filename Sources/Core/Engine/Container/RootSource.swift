internal import DriverKit
internal import Host
internal import Images
internal import Layers
internal import Runtime
internal import Storage
internal import SystemPackage

/// What a container's root is made of, and what runs on it: a stored image or a plain directory, and the
/// words of the command line that are left.
struct RootSource {
    /// The root's origin as messages call it.
    let name: String
    private let origin: Origin
    private let words: [[UInt8]]
    private let entrypoint: String?
    /// True if no image was named, so that every word is the command.
    private let isDefault: Bool

    private enum Origin {
        case directory(FilePath)
        case image(Image, ImageStore)
    }

    /// Finds out what is meant: `--rootfs`; else `--image`; else a first word that is a stored image's name;
    /// else the default image.
    ///
    /// - Parameter remembering: true to note in the store what was found out of an image.
    /// - Throws: ``RunError`` or ``ImageError``.
    init(for request: RunRequest, store: Store, remembering: Bool) throws {
        if let directory = request.rootFS {
            try Self.check(directory)
            self.init(name: "--rootfs \(directory)", origin: .directory(directory), request)
            return
        }
        let images = ImageStore(at: store.images)
        let resolved = ResolvedImages(images, in: store.resolved, remembering: remembering)
        if request.image == nil, let first = request.words.first,
            let image = try Self.image(meantBy: String(decoding: first, as: UTF8.self), resolved, images)
        {
            self.init(
                name: "image \(image.displayName)", origin: .image(image, images),
                request, words: request.words.dropFirst())
            return
        }
        let image: Image
        let wanted = request.image ?? RunRequest.defaultImage
        do {
            let name = try? ImageName(wanted)
            image = try name.flatMap { try resolved.image(named: $0) } ?? images.image(wanted)
        } catch {
            guard case ImageError.unknownImage(let name, let similar) = error else { throw error }
            throw RunError.unknownImage(name, similar: similar)
        }
        self.init(name: "image \(image.displayName)", origin: .image(image, images), request)
    }

    private init(name: String, origin: Origin, _ request: RunRequest, words: ArraySlice<[UInt8]>? = nil) {
        self.name = name
        self.origin = origin
        self.words = words.map(Array.init) ?? request.words
        entrypoint = request.entrypoint
        isDefault = words == nil && request.image == nil && request.rootFS == nil && request.entrypoint == nil
    }

    /// The image that the first word means, if it means one: a name in full, or so much of an ID as `images` shows.
    private static func image(
        meantBy word: String, _ resolved: ResolvedImages, _ images: ImageStore
    ) throws -> Image? {
        if let name = try? ImageName(word), let image = try resolved.image(named: name) { return image }
        let digits = word.hasPrefix("sha256:") ? word.dropFirst(7) : word[...]
        guard digits.utf8.count >= 12, digits.utf8.allSatisfy(\.isLowercaseHex) else { return nil }
        do { return try images.image(word) } catch {
            guard case ImageError.unknownImage = error else { throw error }
            return nil
        }
    }

    private static func check(_ directory: FilePath) throws(RunError) {
        guard Files.exists(directory) else {
            throw .unusableRoot(path: directory.string, reason: "there is no such file or directory")
        }
        // The last component may be a link to a directory, as for every other program.
        guard Files.isDirectory(directory.appending(".")) else {
            throw .unusableRoot(path: directory.string, reason: "not a directory")
        }
    }

    /// The layers, the nearest first, unpacked for `driver` if they have not been before.
    ///
    /// - Parameter progress: is told how far the unpacking has come.
    func layers(
        for driver: any StorageDriver, in store: Store,
        progress: (any ByteProgress)? = nil
    ) throws -> HeldLayers {
        switch origin {
        case .directory(let path):
            return HeldLayers(
                [SnapshotDirectory(plain: path)], in: SnapshotStore(store, driver: driver), lock: nil)
        case .image(let image, let images):
            do {
                return try LayerStore(SnapshotStore(store, driver: driver)).hold(
                    image, from: images, progress: progress)
            } catch StorageError.tooManyLayers(let name, let count, let limit, _) {
                throw StorageError.tooManyLayers(
                    driver: name, layers: count, limit: limit,
                    instead: store.drivers.driver(taking: count, besides: name, in: store))
            }
        }
    }

    /// The layers as they would be.
    func plannedLayers(for driver: any StorageDriver, in store: Store) -> [SnapshotDirectory] {
        switch origin {
        case .directory(let path): [SnapshotDirectory(plain: path)]
        case .image(let image, _):
            LayerStore(SnapshotStore(store, driver: driver)).directories(of: image)
        }
    }

    /// The image's name alone, or "--rootfs DIR".
    var plainName: String {
        switch origin {
        case .directory: name
        case .image(let image, _): image.displayName
        }
    }

    /// The digest of the image's manifest; nil on a plain directory.
    var manifestDigest: Digest? {
        if case .image(let image, _) = origin { image.manifestDigest } else { nil }
    }

    /// The uppermost layer of the image; nil on a plain directory.
    var topLayer: SnapshotKey? {
        guard case .image(let image, _) = origin else { return nil }
        return image.layers.last.map { SnapshotKey(chainID: $0.chainID) }
    }

    /// The command with its arguments: the user's words, or the image's command, behind the image's entry point.
    ///
    /// - Throws: ``RunError/noCommand``.
    func arguments() throws(RunError) -> [[UInt8]] {
        let isOwn = entrypoint == nil
        let entrypoint = entrypoint.map { $0.isEmpty ? [] : [$0] } ?? config?.entrypoint ?? []
        let command =
            words.isEmpty && isOwn ? (config?.command ?? []).map { Array($0.utf8) } : words
        let arguments = entrypoint.map { Array($0.utf8) } + command
        guard !arguments.isEmpty else { throw .noCommand }
        return arguments
    }

    /// How many of ``arguments()`` are the entry point's.
    var entrypointCount: Int {
        entrypoint.map { $0.isEmpty ? 0 : 1 } ?? config?.entrypoint?.count ?? 0
    }

    /// All that the image says, read from the image itself; nil on a plain directory.
    func details() -> ImageConfig? {
        guard case .image(let image, let images) = origin else { return nil }
        return (try? images.image("\(image.manifestDigest)"))?.config
    }

    /// The machines that the image is for, if this is none of them.
    var foreignPlatform: String? {
        if case .image(let image, _) = origin { image.foreignPlatform } else { nil }
    }

    /// The image's variables.
    var environment: [String] { config?.environment ?? [] }

    /// The directories that the image wants to be volumes.
    var volumes: [String] { (config?.volumes ?? [:]).keys.sorted() }

    /// The directory in which the command starts unless the user says otherwise.
    var workingDirectory: String {
        let directory = config?.workingDirectory ?? ""
        return directory.hasPrefix("/") ? directory : "/" + directory
    }

    /// Whom the command runs as unless the user says otherwise.
    var user: String { config?.user ?? "" }

    /// The signal that asks the command to end, if the image says one.
    var stopSignal: String? { config?.stopSignal }

    /// The images whose names are like the command's: perhaps one of them was meant.
    func similarImages() -> [String] {
        guard case .image(_, let images) = origin, let word = words.first,
            let name = try? ImageName(String(decoding: word, as: UTF8.self))
        else { return [] }
        return ((try? images.names(similarTo: name)) ?? []).map(\.description)
    }

    /// How to get an image by the name that the command has, if the first word may have been meant so.
    func sourceOfMissingImage(in store: Store) -> String? {
        guard isDefault, let word = words.first, case let word = String(decoding: word, as: UTF8.self),
            let name = try? ImageName(word)
        else { return nil }
        return "mydocker load, mydocker image import, or: "
            + ImageSource.copy("\(name)", to: "\(store.images)")
    }

    private var config: ImageConfig? {
        if case .image(let image, _) = origin { image.config } else { nil }
    }
}
