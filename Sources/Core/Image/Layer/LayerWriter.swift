internal import CLinux
internal import Glibc
internal import SystemPackage

/// Writes the entries of one layer into a directory, one after the other.
///
/// Every name is resolved by ``LayerDirectory``: nothing outside the directory is reached, through whatever
/// links the layer or the layers below brought.
///
/// - A parent directory that is missing is made with mode 0755 and owner 0:0, as containerd and docker do.
/// - A symbolic link or file where a parent directory should be is an error if this layer brought it: following
///   it would write elsewhere, replacing it would lose it. If a lower layer brought it (it can be seen only in a
///   whole tree, ``DeletionFormat/none``), a directory takes its place: what a union file system shows too.
/// - A later entry of a name replaces an earlier one; two directories become one.
final class LayerWriter {
    let tree: LayerDirectory
    let format: DeletionFormat
    private let content: Content
    /// In a whole tree, what this layer brought; elsewhere everything that is there is from this layer.
    var brought: Set<LayerPath> = []
    /// What this layer deletes by marks.
    var hidden: Set<LayerPath> = []
    /// Whether there was an entry for the root directory itself.
    private(set) var hasWrittenRoot = false

    /// What is set once a directory is full.
    private struct Late {
        var time: TarTime
        var defaultACL: TarEntry.Attribute?
    }
    private var late: [Int32: Late] = [:]
    private var lateNames = LayerNames()
    /// The directory of the last entry: the next one is mostly in it too.
    ///
    /// What an entry replaces never lies above it, since it is the parent of what is being written.
    private var current: (path: LayerPath, number: Int32)?
    private var currentDirectory: Descriptor?

    /// What the entries are.
    enum Content {
        /// A layer of an image.
        case layer
        /// Files that are put into a tree as they are, all of them the given user's and group's if there is one.
        ///
        /// Nothing takes the place of a directory, and a directory takes the place of nothing else.
        case files(owner: (user: UInt32, group: UInt32)?)
    }

    init(_ tree: LayerDirectory, format: DeletionFormat, content: Content = .layer) {
        self.tree = tree
        self.format = format
        self.content = content
    }

    /// Writes one entry, whose content `reader` gives.
    ///
    /// - Throws: ``ImageError``, or what the reader's source throws.
    func write(_ entry: TarEntry, from reader: TarReader) throws {
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
            }
        } catch let error as SystemCallError {
            throw ImageError.failedEntry(name: entry.displayName, error)
        }
    }

    /// Sets what had to wait until all directories were full.
    func finish() throws(SystemCallError) {
        forgetDirectory()
        for (number, late) in late {
            let path = lateNames.path(of: number)
            do throws(SystemCallError) {
                let directory = try tree.open(path)
                if let acl = late.defaultACL { try FileMetadata.set(acl, on: directory.rawValue) }
                try FileMetadata.setTimes(late.time, of: directory.rawValue)
            } catch  where error.isMissingDirectory {
                // A later entry of the layer has taken its place.
            }
        }
    }

    private func create(_ path: LayerPath, _ entry: TarEntry, from reader: TarReader) throws {
        if entry.kind == .directory { return try createDirectory(path, entry) }
        let parent = try directory(path.parent, for: entry)
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
            try place(path, in: parent) { clx_mknodat(parent, $0, S_IFCHR | 0o600, major, minor) }
        case .blockDevice(let major, let minor):
            try place(path, in: parent) { clx_mknodat(parent, $0, S_IFBLK | 0o600, major, minor) }
        case .directory, .hardLink:
            return
        }
        try FileMetadata.apply(entry, to: path.name, in: parent)
    }

    private func createDirectory(_ path: LayerPath, _ entry: TarEntry) throws {
        if path.isRoot {
            hasWrittenRoot = true
        } else {
            let parent = try directory(path.parent, for: entry)
            try makeDirectory(path, in: parent)
        }
        let directory = try openCurrent(path)
        if format == .none, !brought.contains(path) {
            try FileMetadata.removeAttributes(of: directory, keeping: entry)
        }
        try FileMetadata.apply(entry, to: directory)
        let acl = entry.attributes.first { $0.name == FileMetadata.defaultACL }
        late[lateNames.add(path)] = Late(time: entry.modified, defaultACL: acl)
        if format == .none { brought.insert(path) }
    }

    private func link(_ path: LayerPath, to target: LayerPath, _ entry: TarEntry) throws {
        let source = try tree.open(target.parent)
        guard let status = try LayerDirectory.status(target.name, in: source.rawValue) else {
            throw SystemCallError("link to", target.displayName, errno: .noSuchFileOrDirectory)
        }
        if status.isWhiteoutDevice || status.isDirectory {
            throw ImageError.refusedEntry(name: entry.displayName, reason: "it is a hard link to no file")
        }
        let parent = try directory(path.parent, for: entry)
        // A second link to what is there already would otherwise remove the only name it has.
        if let there = try LayerDirectory.status(path.name, in: parent),
            there.st_ino == status.st_ino, there.st_dev == status.st_dev
        {
            if format == .none { brought.insert(path) }
            return
        }
        try place(path, in: parent) { name in
            target.name.withFileName { linkat(source.rawValue, $0, parent, name, 0) }
        }
    }

    /// Makes something that is no directory with `make`, in the place of what has the name now.
    @discardableResult
    private func place(
        _ path: LayerPath, in parent: Int32, _ make: (UnsafePointer<CChar>) -> Int32
    ) throws -> Int32 {
        if format == .none { brought.insert(path) } else { try unhide(path, in: parent) }
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
        let wasHidden = format == .none ? false : try unhide(path, in: parent)
        if path.name.withFileName({ mkdirat(parent, $0, 0o755) }) != 0 {
            guard Errno.current == .fileExists else { throw SystemCallError("mkdir", path.displayName) }
            if try LayerDirectory.status(path.name, in: parent)?.isDirectory == true { return }
            guard isLayer else {
                throw ImageError.refusedEntry(
                    name: path.displayName, reason: "it would replace what is no directory")
            }
            try LayerDirectory.remove(path.name, in: parent)
            try systemCall("mkdir", path.displayName) {
                path.name.withFileName { mkdirat(parent, $0, 0o755) }
            }
        }
        if wasHidden { try mark(opaque: path) }
    }

    /// The directory that `entry` goes into, made if it is not there; valid until the next call.
    func directory(_ path: LayerPath, for entry: TarEntry) throws -> Int32 {
        if let current, current.path == path { return current.number }
        do {
            return try openCurrent(path)
        } catch let error as SystemCallError where error.isMissingDirectory && !path.isRoot {
            let parent = try directory(path.parent, for: entry)
            if let there = try LayerDirectory.status(path.name, in: parent), !there.isWhiteoutDevice,
                format != .none || brought.contains(path)
            {
                throw ImageError.refusedEntry(
                    name: entry.displayName, reason: "\(path.displayName.printable) is no directory")
            }
            try makeDirectory(path, in: parent)
            let number = try openCurrent(path)
            var implied = TarEntry(path: path.bytes, kind: .directory)
            implied.mode = 0o755
            try FileMetadata.apply(implied, to: number)
            late[lateNames.add(path)] = Late(time: entry.modified)
            return number
        }
    }

    private func openCurrent(_ path: LayerPath) throws -> Int32 {
        let directory = try tree.open(path)
        let number = directory.rawValue
        // A whole tree's directory keeps the time it has unless the layer gives it one.
        if isLayer, format == .none {
            let place = lateNames.add(path)
            if late[place] == nil {
                var status = stat()
                try systemCall("fstat") { fstat(number, &status) }
                late[place] = Late(time: status.modified)
            }
        }
        currentDirectory = consume directory
        current = (path, number)
        return number
    }

    private var isLayer: Bool { if case .layer = content { true } else { false } }

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

extension SystemCallError {
    /// True if a directory is not there, or something else is in its place.
    fileprivate var isMissingDirectory: Bool {
        errno == .noSuchFileOrDirectory || errno == .notDirectory || errno == .tooManySymbolicLinkLevels
    }
}
