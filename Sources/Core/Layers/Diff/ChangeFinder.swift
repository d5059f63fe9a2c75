internal import CLinux
internal import DriverKit
internal import Glibc
internal import Host
internal import SystemPackage
internal import Tree

/// One search for changes; see ``Changes``.
///
/// A whole tree is a layer that hides everything below it, so one walk serves both ways of comparing. It opens each
/// directory by its path and keeps none open, so that neither depth nor the number of pending ones matters.
struct ChangeFinder {
    private let upper: TreeRoot
    private let marks: DeletionMarks
    private let lower: LowerLayers
    private let comparison: FileComparison
    private let equalMarks: DeletionFormat
    private var pending: [Pending] = []
    private var found: [LayerPath: Change.Kind] = [:]
    private var links: LinkChanges
    /// The directories to look into, and on the way to them, which names; nil: all.
    private var places: (changed: Set<LayerPath>, onTheWay: [LayerPath: Set<[UInt8]>])?

    private struct Pending {
        let path: LayerPath
        let lower: LowerLayers.Directory
        /// Nothing of the lower layers shows through.
        let isOpaque: Bool
        /// Everything in it is looked at.
        var isWhole = false
    }

    /// - Parameter equalMarks: the form of deletions that are files like others here, and all alike.
    init(
        _ upper: FilePath, _ format: DeletionFormat, on lower: [FilePath], _ lowerFormat: DeletionFormat,
        equalMarks: DeletionFormat = .none
    ) throws {
        self.equalMarks = equalMarks
        self.upper = try TreeRoot(upper)
        self.lower = try LowerLayers(lower, format: lowerFormat)
        marks = DeletionMarks(format: format)
        comparison = FileComparison(format, lowerFormat)
        links = LinkChanges(breaksLinks: format != .none)
    }

    /// Looks into these directories only: all others are the same on both sides.
    mutating func narrow(to changed: Set<FilePath>) throws {
        let paths = Set(
            try changed.map { path in
                // Names need not be UTF-8.
                try LayerPath(
                    path.withPlatformString { Array(UnsafeBufferPointer(start: $0, count: strlen($0))) }
                        .map(UInt8.init(bitPattern:)))
            })
        var onTheWay: [LayerPath: Set<[UInt8]>] = [:]
        for path in paths {
            var next = path
            while !next.isRoot, onTheWay[next.parent, default: []].insert(Array(next.name)).inserted {
                next = next.parent
            }
        }
        places = (paths, onTheWay)
    }

    /// Finds all changes, in their order.
    mutating func run() throws -> [Change] {
        let root = try lower.root()
        try compareRoot(root)
        pending = [Pending(path: .root, lower: root, isOpaque: marks.format == .none)]
        while let next = pending.popLast() {
            do { try search(next) } catch let error as SystemCallError {
                throw DiffError.failed(path: next.path.displayName, error)
            }
        }
        for path in links.changed(where: { found[$0] != nil }) where found[path] == nil {
            found[path] = .modified
        }
        addParents()
        return found.map { Change(path: $0.key.bytes, kind: $0.value) }.sorted()
    }

    /// The root's time does not count: mounting changes it where a file system keeps files of its own there.
    private mutating func compareRoot(_ root: LowerLayers.Directory) throws {
        let directory = try upper.open(.root)
        let parts = try lower.open(root, at: .root)
        guard let below = parts.nearest else { return }
        let dot = [UInt8(ascii: ".")]
        let sides = (
            FileComparison.Side(
                name: dot, directory: directory.rawValue, status: try stat(of: directory.rawValue)),
            FileComparison.Side(name: dot, directory: below, status: try stat(of: below))
        )
        if try !comparison.isSame(sides.0, sides.1, ignoringTime: true) { found[.root] = .modified }
    }

    private mutating func search(_ place: Pending) throws {
        let directory: Descriptor
        do { directory = try upper.open(place.path) } catch {
            // Something is mounted there, which is no part of the tree.
            if error.errno == .improperLink { return }
            throw error
        }
        let own = try marks.marks(of: directory.rawValue)
        if own.isReference { throw DiffError.notSelfContained(path: place.path.displayName) }
        let below = try lower.open(place.lower, at: place.path)
        let isOpaque = place.isOpaque || own.isOpaque
        let isPassed = !place.isWhole && places.map { !$0.changed.contains(place.path) } ?? false
        var gone = isOpaque && !isPassed ? try below.names() : []
        let names =
            isPassed
            ? places?.onTheWay[place.path] ?? [] : Set(try marks.names(in: directory.rawValue))
        for name in names {
            let path = place.path.appending(name)
            switch try marks.find(name, in: directory.rawValue, own) {
            case .nothing: continue
            case .reference: throw DiffError.notSelfContained(path: path.displayName)
            case .deletion: if !isOpaque, try below.entry(name) != nil { gone.insert(name) }
            case .entry(let status):
                gone.remove(name)
                let side = FileComparison.Side(name: name, directory: directory.rawValue, status: status)
                try compare(side, path, with: below.entry(name), isOpaque: isOpaque, place)
            }
        }
        for name in gone { found[place.path.appending(name)] = .deleted }
    }

    private mutating func compare(
        _ new: FileComparison.Side, _ path: LayerPath, with old: OpenLowerDirectory.Entry?, isOpaque: Bool,
        _ place: Pending
    ) throws {
        if let old, equalMarks.marksDeletion(new.name, new.status),
            equalMarks.marksDeletion(new.name, old.status)
        {
            return
        }
        if new.status.isDirectory {
            let lower = old?.directory ?? .absent
            let isNew = place.isWhole || !lower.exists
            if isNew || places.map({ $0.changed.contains(path) || $0.onTheWay[path] != nil }) ?? true {
                pending.append(Pending(path: path, lower: lower, isOpaque: isOpaque, isWhole: isNew))
            }
        } else {
            links.add(path, new.status, old: old?.status)
        }
        guard let old else {
            found[path] = .added
            return
        }
        let side = FileComparison.Side(name: new.name, directory: old.parent, status: old.status)
        if try !comparison.isSame(new, side) { found[path] = .modified }
    }

    /// The directories above a change are part of it: a layer has to carry them, because what a union file system
    /// shows of a directory is what its uppermost layer says.
    private mutating func addParents() {
        for path in Array(found.keys) {
            var parent = path
            while !parent.isRoot {
                parent = parent.parent
                if found[parent] != nil { break }
                found[parent] = .modified
            }
        }
    }
}

extension DeletionFormat {
    /// True if a file of this name and status is the mark of a deletion, or makes a directory opaque.
    fileprivate func marksDeletion(_ name: [UInt8], _ status: stat) -> Bool {
        switch self {
        case .device: status.type == S_IFCHR && status.st_rdev == 0
        case .prefix: name.starts(with: ".wh.".utf8) && status.type == S_IFREG && status.st_size == 0
        case .none: false
        }
    }
}
