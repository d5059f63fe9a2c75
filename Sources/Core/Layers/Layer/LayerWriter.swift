internal import CLinux
package import DriverKit
internal import Glibc
internal import Host
package import SystemPackage
package import Tree

/// Writes the entries of one layer into a directory, one after the other, as they would be written into the mounted
/// union of this layer and those below.
///
/// Every name is resolved by ``LayerDirectory``: nothing outside the directory is reached, through whatever
/// links the layer or the layers below brought.
///
/// - A parent directory that is missing is as the layers below have it. If they have none it is made with mode 0755
///   and owner 0:0, as containerd and docker do.
/// - A symbolic link where a parent directory should be leads to where it would with the layer as root
///   (``LayerPath/followingLinks(for:_:)``), whichever layer brought it.
/// - A file where a parent directory should be is an error if this layer brought it. If a lower layer brought it, a
///   directory takes its place.
/// - A later entry of a name replaces an earlier one; two directories become one.
/// - A hard link may lead to a file of the layers below, which becomes one of this layer (``copyUp(_:_:)``).
package final class LayerWriter {
    let tree: LayerDirectory
    let format: DeletionFormat
    private let content: Content
    /// What the layer lies on; looked at only by layers that cannot do without.
    lazy var union = Result { LowerUnion(try lower(), format: format) }
    private let lower: () throws -> [FilePath]
    /// In a whole tree, what this layer brought; elsewhere everything that is there is from this layer.
    var brought: Set<LayerPath> = []
    /// Files that became this layer's because links lead to them.
    var copiedUp: Set<LayerPath> = []
    /// What is still to be done.
    package var remainder: LayerRemainder

    /// The directory of the last entry: the next one is mostly in it too.
    ///
    /// What an entry replaces never lies above it, since it is the parent of what is being written.
    private var current: (name: LayerPath, place: Place)?
    private var currentDirectory: Descriptor?
    var copy = ContentCopy()

    /// An open directory of the layer; valid until the next one is opened.
    struct Place {
        /// Where it really is.
        let path: LayerPath
        let number: Int32
    }

    /// What the entries are.
    package enum Content {
        /// A layer of an image.
        case layer
        /// Files that are put into a tree as they are, all of them the given user's and group's if there is one.
        ///
        /// Nothing takes the place of a directory, a directory takes the place of nothing else, and no link is
        /// followed.
        case files(owner: (user: UInt32, group: UInt32)?)
    }

    /// - Parameter lower: the layers below, the nearest first; a whole tree has none.
    package init(
        _ tree: LayerDirectory, format: DeletionFormat, content: Content = .layer,
        on lower: @escaping () throws -> [FilePath] = { [] }
    ) {
        self.tree = tree
        self.format = format
        self.content = content
        self.lower = lower
        remainder = LayerRemainder(format)
    }

    /// Writes one entry, whose content `reader` gives.
    ///
    /// - Throws: ``ImageError``, or what the reader's source throws.
    package func write(_ entry: TarEntry, from reader: TarReader) throws {
        var entry = entry
        let action: LayerAction
        switch content {
        case .layer: action = try LayerAction(entry)
        case .files(let owner):
            action = try LayerAction(plain: entry)
            if let owner { (entry.owner, entry.group) = owner }
        }
        entry.attributes.removeAll(where: format.reserves)
        do {
            switch action {
            case .create(let path): try create(path, entry, from: reader)
            case .link(let path, let target): try link(path, to: target, entry)
            case .hide(let path): try hide(path, entry)
            case .makeOpaque(let path): try makeOpaque(path, entry)
            case .leaveOut: break
            }
        } catch let error as SystemCallError {
            throw ImageError.failedEntry(name: entry.displayName, error)
        }
    }

    /// Does at once what had to wait until all directories were full.
    package func finish() throws {
        forgetDirectory()
        try remainder.finish(in: tree, on: union.get())
    }

    private func create(_ path: LayerPath, _ entry: TarEntry, from reader: TarReader) throws {
        if entry.kind == .directory { return try createDirectory(path, entry) }
        if isLayer, LayerAction.isAside(path) { remainder.hasAside = true }
        let (path, parent) = try enter(path, for: entry)
        switch entry.kind {
        case .file(let size, _):
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
            let file = Descriptor(
                owning: try place(path, in: parent) { clx_openat(parent, $0, flags, 0o600) })
            try write(reader, size: size, to: file.rawValue)
            try FileMetadata.apply(entry, to: file.rawValue)
            try FileMetadata.setTimes(entry.modified, of: file.rawValue)
            return
        case .symbolicLink(let target):
            try place(path, in: parent) { name in target.withFileName { symlinkat($0, parent, name) } }
        case .fifo:
            try place(path, in: parent) { clx_mknodat(parent, $0, S_IFIFO | 0o600, 0, 0) }
        case .characterDevice(let major, let minor):
            // What nobody may make in a user namespace opens nothing there either.
            if ProcessRights.areLimited { return }
            try place(path, in: parent) { clx_mknodat(parent, $0, S_IFCHR | 0o600, major, minor) }
        case .blockDevice(let major, let minor):
            if ProcessRights.areLimited { return }
            try place(path, in: parent) { clx_mknodat(parent, $0, S_IFBLK | 0o600, major, minor) }
        case .directory, .hardLink:
            return
        }
        try FileMetadata.apply(entry, to: path.name, in: parent)
    }

    private func createDirectory(_ path: LayerPath, _ entry: TarEntry) throws {
        var path = path
        if path.isRoot {
            remainder.hasWrittenRoot = true
        } else {
            let parent: Int32
            (path, parent) = try enter(path, for: entry)
            try makeDirectory(path, in: parent)
        }
        let directory = try openCurrent(path).number
        if format == .none, !brought.contains(path) {
            try FileMetadata.removeAttributes(of: directory, keeping: entry)
        }
        try FileMetadata.apply(entry, to: directory)
        let acl = entry.attributes.first { $0.name == FileMetadata.defaultACL }
        remainder.set(LayerRemainder.Late(time: entry.modified, defaultACL: acl), of: path)
        if format == .none { brought.insert(path) }
    }

    /// Makes something that is no directory with `make`, in the place of what has the name now.
    @discardableResult
    func place(
        _ path: LayerPath, in parent: Int32, _ make: (UnsafePointer<CChar>) -> Int32
    ) throws -> Int32 {
        if format == .none { brought.insert(path) } else { remainder.hidden.remove(path) }
        copiedUp.remove(path)
        var result = path.name.withFileName { make($0) }
        if result == -1, Errno.current == .fileExists {
            if !isLayer, try LayerDirectory.status(path.name, in: parent)?.isDirectory == true {
                throw ImageError.refusedEntry(name: path.displayName, reason: "it would replace a directory")
            }
            try LayerDirectory.remove(path.name, in: parent)
            result = path.name.withFileName { make($0) }
        }
        if result == -1 { throw SystemCallError("create", path.displayName) }
        return result
    }

    /// Makes `path` a directory, unless it is one.
    private func makeDirectory(_ path: LayerPath, in parent: Int32) throws {
        // What this layer deleted, or replaced by something else, does not come back.
        var isNew = remainder.hidden.remove(path) != nil
        if path.name.withFileName({ mkdirat(parent, $0, 0o755) }) != 0 {
            guard Errno.current == .fileExists else { throw SystemCallError("mkdir", path.displayName) }
            if try LayerDirectory.status(path.name, in: parent)?.isDirectory == true { return }
            guard isLayer else {
                throw ImageError.refusedEntry(
                    name: path.displayName, reason: "it would replace what is no directory")
            }
            copiedUp.remove(path)
            try LayerDirectory.remove(path.name, in: parent)
            try systemCall("mkdir", path.displayName) {
                path.name.withFileName { mkdirat(parent, $0, 0o755) }
            }
            isNew = true
        }
        if isNew && format != .none { try mark(opaque: path) }
    }

    /// The directory that `path` lies in, made if it is not there, and where `path` is in truth.
    func enter(_ path: LayerPath, for entry: TarEntry) throws -> (LayerPath, Int32) {
        let name = path.parent
        if let current, current.name == name {
            return (current.place.path(of: path, below: name), current.place.number)
        }
        let place: Place
        do { place = try openCurrent(name) } catch let error as SystemCallError where error.isMissingDirectory
        {
            place = try makeDirectories(isLayer ? followed(name, for: entry) : name, for: entry)
            current = (name, place)
        }
        return (place.path(of: path, below: name), place.number)
    }

    /// Opens the directory `path`, none of whose parents is a link; makes what is missing.
    func makeDirectories(_ path: LayerPath, for entry: TarEntry) throws -> Place {
        do { return try openCurrent(path) } catch let error as SystemCallError
            where error.isMissingDirectory && !path.isRoot
        {
            let parent = try makeDirectories(path.parent, for: entry).number
            if try !isLayer && LayerDirectory.status(path.name, in: parent) != nil {
                throw ImageError.refusedEntry(
                    name: entry.displayName, reason: "\(path.displayName.printable) is no directory")
            }
            let isLower = format != .none && remainder.showsLower(path)
            try makeDirectory(path, in: parent)
            let place = try openCurrent(path)
            if isLower, try union.get().find(path)?.status.isDirectory == true {
                remainder.imply(path, nil)
            } else {
                var implied = TarEntry(path: path.bytes, kind: .directory)
                implied.mode = 0o755
                try FileMetadata.apply(implied, to: place.number)
                remainder.imply(path, entry.modified)
            }
            return place
        }
    }

    private func openCurrent(_ path: LayerPath) throws -> Place {
        let directory = try tree.open(path)
        let number = directory.rawValue
        // A whole tree's directory keeps the time it has unless the layer gives it one.
        if isLayer, format == .none {
            try remainder.keepTime(of: path, stat(of: number).modified)
        }
        currentDirectory = consume directory
        let place = Place(path: path, number: number)
        current = (path, place)
        return place
    }

    var isLayer: Bool { if case .layer = content { true } else { false } }

    private func forgetDirectory() {
        current = nil
        currentDirectory = nil
    }

    private func write(_ reader: TarReader, size: Int64, to file: Int32) throws {
        var end: Int64 = 0
        try reader.content { offset, bytes in
            var done = 0
            while done < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
                done += try systemCall("pwrite") {
                    pwrite(file, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
                }
            }
            end = offset + Int64(bytes.count)
        }
        if end < size { try systemCall("ftruncate") { ftruncate(file, off_t(size)) } }
    }
}

extension LayerWriter.Place {
    /// Where `path`, whose directory `name` is said to be, is in truth.
    fileprivate func path(of path: LayerPath, below name: LayerPath) -> LayerPath {
        name == self.path ? path : self.path.appending(path.name)
    }
}
