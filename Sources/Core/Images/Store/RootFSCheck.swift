internal import Host
internal import Layers
internal import Tree

/// Finds out, entry by entry, whether archives can be unpacked as the layers of an image, one on the other, without
/// unpacking them: no image is stored that can never run.
///
/// The same rules as when they are unpacked (``LayerAction``, ``LayerWriter``). Where a layer deletes what it brings
/// something for as well, more is taken for granted than there may be. Memory grows with the names that the archives
/// hold, up to ``maximumNames``, not with what they claim.
struct RootFSCheck {
    /// The most names that are kept in mind: about 1 GiB of memory.
    private static let maximumNames = 1 << 23
    private static let maximumNotes = 20

    /// Attributes, by their names, that no layer gets here: some of them.
    private(set) var leftOut: Set<String> = []

    private var names = LayerNames()
    /// What there is at the place of each number.
    private var kinds: [Kind] = [.directory]
    /// The layer that brought it, or something in it.
    private var owners: [Int32] = [0]
    private var targets: [Int32: [UInt8]] = [:]
    private var layer: Int32 = 0

    private enum Kind: UInt8 {
        case nothing, directory, file, link
    }

    /// Goes on with the next layer, on top of those so far.
    mutating func beginLayer() throws {
        layer += 1
        if names.number(of: LayerAction.asideName, in: 0) != nil {
            _ = try add(LayerAction.asideName, in: 0, .nothing)
        }
    }

    /// - Throws: ``ImageError/refusedEntry(name:reason:)``.
    mutating func check(_ entry: TarEntry) throws {
        for attribute in entry.attributes where !attribute.isKept && !attribute.isHostOnly {
            if leftOut.count < Self.maximumNotes { leftOut.insert(attribute.name) }
        }
        switch try LayerAction(entry) {
        case .create(let path):
            if case .symbolicLink(let target) = entry.kind {
                targets[try place(path, entry, .link)] = target
            } else {
                _ = try place(path, entry, entry.kind == .directory ? .directory : .file)
            }
        case .link(let path, let target):
            guard let number = try find(target, entry), [.file, .link].contains(kinds[Int(number)]) else {
                throw ImageError.refusedEntry(
                    name: entry.displayName,
                    reason:
                        "it is a hard link to \"\(target.displayName.printable)\", which is no earlier file")
            }
            // What is there already stays.
            if path == target { return }
            let (kind, link) = (kinds[Int(number)], targets[number])
            targets[try place(path, entry, kind)] = link
        case .hide(let path):
            guard layer > 0 else { throw nothingToDelete(entry) }
            let parent = try enter(path.parent, entry)
            try empty(path.name, in: parent, .nothing)
        case .makeOpaque(let path):
            guard layer > 0 else { throw nothingToDelete(entry) }
            let parent = try enter(path, entry)
            guard parent > 0, owners[Int(parent)] != layer else { return }
            let real = names.path(of: parent)
            if let above = names.number(of: real.parent) { try empty(real.name, in: above, .directory) }
        case .leaveOut: break
        }
    }

    private func nothingToDelete(_ entry: TarEntry) -> ImageError {
        .refusedEntry(name: entry.displayName, reason: "a root file system has nothing to delete (.wh.)")
    }

    /// Forgets what lower layers have under a name, unless this one has brought something of it.
    private mutating func empty(_ name: ArraySlice<UInt8>, in parent: Int32, _ kind: Kind) throws {
        guard let known = names.number(of: name, in: parent), owners[Int(known)] != layer else { return }
        _ = try add(name, in: parent, kind)
    }

    /// Puts something at `path`, in the place of what is there, and makes the directories that it lies in.
    private mutating func place(_ path: LayerPath, _ entry: TarEntry, _ kind: Kind) throws -> Int32 {
        if path.isRoot { return 0 }
        let parent = try enter(path.parent, entry)
        var number = parent
        while number > 0, owners[Int(number)] != layer {
            owners[Int(number)] = layer
            number = names.parent(of: number)
        }
        // What was in a directory goes with it.
        guard let known = names.number(of: path.name, in: parent),
            kinds[Int(known)] != .directory || kind == .directory
        else { return try add(path.name, in: parent, kind) }
        kinds[Int(known)] = kind
        owners[Int(known)] = layer
        targets[known] = nil
        return known
    }

    /// The directory at `path`, made if it is not there.
    private mutating func enter(_ path: LayerPath, _ entry: TarEntry) throws -> Int32 {
        if let number = names.number(of: path), kinds[Int(number)] == .directory { return number }
        var number: Int32 = 0
        for name in try followed(path, entry).components {
            if let known = names.number(of: name, in: number) {
                kinds[Int(known)] = .directory
                number = known
            } else {
                number = try add(name, in: number, .directory)
            }
        }
        return number
    }

    /// What is at `path`, whose directories may be links.
    private func find(_ path: LayerPath, _ entry: TarEntry) throws -> Int32? {
        if let number = names.number(of: path) { return number }
        return names.number(of: try followed(path.parent, entry).appending(path.name))
    }

    private func followed(_ path: LayerPath, _ entry: TarEntry) throws -> LayerPath {
        try path.followingLinks(for: entry) { path in
            guard let number = names.number(of: path) else { return .nothing }
            switch kinds[Int(number)] {
            case .nothing: return .nothing
            case .directory: return .directory
            case .file: return owners[Int(number)] == layer ? .ownFile : .lowerFile
            case .link: return .link(target: targets[number] ?? [])
            }
        }
    }

    private mutating func add(
        _ name: some Collection<UInt8>, in parent: Int32, _ kind: Kind
    ) throws -> Int32 {
        guard names.count < Self.maximumNames else {
            throw ImageError.malformedImage(
                "the archive", reason: "it has more than \(Self.maximumNames) names")
        }
        kinds.append(kind)
        owners.append(layer)
        return names.add(name, in: parent)
    }
}
