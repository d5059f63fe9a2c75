package import CLinux
internal import Glibc
package import Host
package import SystemPackage
package import Tree

/// The layers below the one that is looked at, as the one tree that a union of them shows.
package struct LowerLayers {
    private let trees: [TreeRoot]
    private let marks: DeletionMarks

    /// The layers at `paths`, the nearest first.
    package init(_ paths: [FilePath], format: DeletionFormat) throws(SystemCallError) {
        var trees: [TreeRoot] = []
        for path in paths { trees.append(try TreeRoot(path)) }
        self.trees = trees
        marks = DeletionMarks(format: format)
    }

    /// A directory of the union: the layers whose directories of this path it is made of, the nearest first.
    package struct Directory {
        fileprivate var layers: [Int]

        /// A directory that is in no layer.
        package static let absent = Directory(layers: [])
        package var exists: Bool { !layers.isEmpty }
    }

    /// The union's root.
    package func root() throws -> Directory {
        var layers: [Int] = []
        for index in trees.indices {
            layers.append(index)
            let directory = try trees[index].open(LayerPath.root)
            let marks = try marks.marks(of: directory.rawValue)
            if marks.isReference { throw DiffError.notSelfContained(path: "/") }
            if marks.isOpaque { break }
        }
        return Directory(layers: layers)
    }

    /// The union's directory at `path`.
    func directory(at path: LayerPath) throws -> Directory {
        var (directory, place) = (try root(), LayerPath.root)
        for name in path.components where directory.exists {
            directory = try open(directory, at: place).entry(Array(name))?.directory ?? .absent
            place = place.appending(name)
        }
        return directory
    }

    /// Opens the parts of a directory of the union.
    package func open(_ directory: Directory, at path: LayerPath) throws -> OpenLowerDirectory {
        let result = OpenLowerDirectory(path: path, marks: marks)
        for layer in directory.layers {
            do {
                try result.append(layer, trees[layer].open(path))
            } catch let error as SystemCallError where error.errno == .improperLink {
                // Something is mounted there: neither a copy nor a union of the tree shows what.
            }
        }
        return result
    }
}

/// A directory of the union of lower layers with all its parts open.
package final class OpenLowerDirectory {
    private let path: LayerPath
    private let marks: DeletionMarks
    private var parts: [Part] = []

    private final class Part {
        let layer: Int
        let directory: Descriptor
        let marks: DeletionMarks.Directory

        init(layer: Int, directory: consuming Descriptor, marks: DeletionMarks.Directory) {
            self.layer = layer
            self.directory = directory
            self.marks = marks
        }
    }

    fileprivate init(path: LayerPath, marks: DeletionMarks) {
        self.path = path
        self.marks = marks
    }

    fileprivate func append(_ layer: Int, _ directory: consuming Descriptor) throws {
        let found = try marks.marks(of: directory.rawValue)
        parts.append(Part(layer: layer, directory: directory, marks: found))
    }

    /// The nearest part, which gives the directory its attributes; nil if there is none.
    package var nearest: Int32? { parts.first?.directory.rawValue }

    /// What the union shows under a name.
    package struct Entry {
        package let status: stat
        /// The directory that it is in, open as long as the ``OpenLowerDirectory`` lives.
        package let parent: Int32
        /// Of a directory, its parts.
        package let directory: LowerLayers.Directory
    }

    /// What the union shows as `name`; nil if it shows nothing.
    ///
    /// - Throws: ``SystemCallError`` or ``DiffError``.
    package func entry(_ name: [UInt8]) throws -> Entry? {
        var found: (status: stat, parent: Int32)?
        var layers: [Int] = []
        search: for part in parts {
            switch try marks.find(name, in: part.directory.rawValue, part.marks) {
            case .nothing: continue
            case .deletion: break search
            case .reference: throw notSelfContained(name)
            case .entry(let status):
                guard status.isDirectory else {
                    if found == nil { found = (status, part.directory.rawValue) }
                    break search
                }
                if found == nil { found = (status, part.directory.rawValue) }
                layers.append(part.layer)
                // The last part needs no look inside: nothing is below it.
                if part === parts.last || marks.format == .none { continue }
                let child = try LayerDirectory.open(name[...], in: part.directory.rawValue)
                let childMarks = try marks.marks(of: child.rawValue)
                if childMarks.isReference { throw notSelfContained(name) }
                if childMarks.isOpaque { break search }
            }
        }
        return found.map {
            Entry(status: $0.status, parent: $0.parent, directory: LowerLayers.Directory(layers: layers))
        }
    }

    /// Every name that the union shows in the directory.
    package func names() throws -> Set<[UInt8]> {
        var shown: Set<[UInt8]> = []
        var decided: Set<[UInt8]> = []
        for part in parts {
            for name in try marks.names(in: part.directory.rawValue) where !decided.contains(name) {
                switch try marks.find(name, in: part.directory.rawValue, part.marks) {
                case .nothing: continue
                case .deletion: decided.insert(name)
                case .entry, .reference:
                    decided.insert(name)
                    shown.insert(name)
                }
            }
        }
        return shown
    }

    private func notSelfContained(_ name: [UInt8]) -> DiffError {
        .notSelfContained(path: path.appending(name).displayName)
    }
}
