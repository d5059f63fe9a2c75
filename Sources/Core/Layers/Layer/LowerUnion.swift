internal import CLinux
package import DriverKit
internal import Glibc
internal import Host
package import SystemPackage
internal import Tree

/// What a union of layers shows, looked up path by path, from the nearest layer down.
///
/// It looks into no more of them than it takes to know: this is for a layer that is being made on them, which asks for
/// little, and mostly for what lies near.
///
/// ``LowerLayers`` is for whoever wants to know everything of a directory. Not thread-safe.
package final class LowerUnion {
    private let paths: [FilePath]
    fileprivate let marks: DeletionMarks
    private var trees: [TreeRoot?]
    /// The directories from the root to the one that was looked at last.
    private var chain: [LowerDirectory] = []

    /// The layers at `paths`, the nearest first; a path is opened when it is needed.
    package init(_ paths: [FilePath], format: DeletionFormat) {
        self.paths = paths
        marks = DeletionMarks(format: format)
        trees = paths.map { _ in nil }
    }

    /// What is shown under a path.
    struct Found {
        package let status: stat
        /// The directory that it is in, open until the next look.
        let parent: Int32
    }

    /// What is shown at `path`, which is not the root; nil if nothing is.
    ///
    /// - Throws: ``SystemCallError`` or ``DiffError``.
    func find(_ path: LayerPath) throws -> Found? {
        if paths.isEmpty { return nil }
        return try enter(path.parent)?.find(Array(path.name))
    }

    /// Every name that is shown in the root.
    func names() throws -> Set<[UInt8]> {
        let layers = try LowerLayers(paths, format: marks.format)
        return try layers.open(layers.root(), at: .root).names()
    }

    /// The directory at `path`; nil if something else is shown there, or nothing.
    private func enter(_ path: LayerPath) throws -> LowerDirectory? {
        if chain.isEmpty { chain.append(LowerDirectory(.root, below: nil, of: self)) }
        let names = path.components.map(Array.init)
        var depth = 0
        while depth < names.count, depth + 1 < chain.count, chain[depth + 1].name == names[depth] {
            depth += 1
        }
        chain.removeLast(chain.count - depth - 1)
        for name in names[depth...] {
            let above = chain[chain.count - 1]
            guard try above.find(name)?.status.isDirectory == true else { return nil }
            // Of a deep path not every directory stays open.
            if chain.count > 1 { chain[chain.count - 2].close() }
            chain.append(LowerDirectory(above.path.appending(name), below: above, of: self))
        }
        return chain[chain.count - 1]
    }

    fileprivate var count: Int { paths.count }

    fileprivate func tree(_ layer: Int) throws(SystemCallError) -> TreeRoot {
        if let tree = trees[layer] { return tree }
        let tree = try TreeRoot(paths[layer])
        trees[layer] = tree
        return tree
    }
}

/// A directory of a union: the layers whose directories it is made of, found out one by one.
private final class LowerDirectory {
    let path: LayerPath
    var name: [UInt8] { Array(path.name) }
    private let above: LowerDirectory?
    private unowned let union: LowerUnion
    private var parts: [Part] = []
    /// How many parts of the directory above, or for the root how many layers, were asked.
    private var asked = 0
    private var isComplete = false
    /// The parts that were used last.
    private var open: [(layer: Int, directory: OpenPart)] = []
    private static let mostOpen = 4

    private struct Part {
        let layer: Int
        let marks: DeletionMarks.Directory
    }

    private final class OpenPart {
        let directory: Descriptor
        init(_ directory: consuming Descriptor) { self.directory = directory }
    }

    init(_ path: LayerPath, below above: LowerDirectory?, of union: LowerUnion) {
        self.path = path
        self.above = above
        self.union = union
    }

    func find(_ name: [UInt8]) throws -> LowerUnion.Found? {
        var index = 0
        while let part = try part(index) {
            let number = try descriptor(of: part.layer)
            switch try union.marks.find(name, in: number, part.marks) {
            case .nothing: index += 1
            case .deletion: return nil
            case .reference: throw notSelfContained
            case .entry(let status): return LowerUnion.Found(status: status, parent: number)
            }
        }
        return nil
    }

    func close() { open = [] }

    private func part(_ index: Int) throws -> Part? {
        while index >= parts.count, !isComplete { try extend() }
        return index < parts.count ? parts[index] : nil
    }

    /// Asks the next layer whether it has a part in this directory.
    private func extend() throws {
        guard let layer = try nextLayer() else { return isComplete = true }
        asked += 1
        if let above, let marks = try above.part(asked - 1)?.marks {
            switch try union.marks.find(name, in: above.descriptor(of: layer), marks) {
            case .nothing: return
            case .reference: throw notSelfContained
            case .entry(let status) where status.isDirectory: break
            case .entry, .deletion: return isComplete = true
            }
        }
        do {
            let marks = try union.marks.marks(of: descriptor(of: layer))
            if marks.isReference { throw notSelfContained }
            parts.append(Part(layer: layer, marks: marks))
            isComplete = marks.isOpaque
        } catch let error as SystemCallError where error.errno == .improperLink {
            // Something is mounted there, which no union of the trees shows.
        }
    }

    private func nextLayer() throws -> Int? {
        if let above { return try above.part(asked)?.layer }
        return asked < union.count ? asked : nil
    }

    /// The directory in one layer, open until some others have been used.
    private func descriptor(of layer: Int) throws(SystemCallError) -> Int32 {
        if let known = open.first(where: { $0.layer == layer }) { return known.directory.directory.rawValue }
        let part = OpenPart(try union.tree(layer).open(path))
        if open.count == Self.mostOpen { open.removeFirst() }
        open.append((layer, part))
        return part.directory.rawValue
    }

    private var notSelfContained: DiffError { .notSelfContained(path: path.displayName) }
}
