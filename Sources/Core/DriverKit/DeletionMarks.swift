package import CLinux
internal import Glibc
package import Host
internal import Tree

/// Reads layer directories in the form in which a driver writes deletions (``DeletionFormat``).
package struct DeletionMarks {
    package let format: DeletionFormat

    package init(format: DeletionFormat) {
        self.format = format
    }

    /// What a layer says about one name in a directory of it.
    package enum Finding {
        case nothing
        /// It is there.
        case entry(stat)
        /// What lower layers have there is gone.
        case deletion
        /// It is there, but its content is in a lower layer.
        case reference
    }

    /// What marks a directory of a layer as a whole bears.
    package struct Directory {
        /// It hides what lower layers have in it.
        package var isOpaque = false
        /// Deletions in it may be written as attributes of empty files ("whiteouts and opaque directories" in the
        /// kernel's documentation of the file system, since Linux 6.7).
        var hasMarkedFiles = false
        /// It shows what lower layers have under another name.
        package var isReference = false
    }

    /// The marks of an open directory.
    package func marks(of directory: Int32) throws(SystemCallError) -> Directory {
        switch format {
        case .none: return Directory()
        case .prefix:
            let mark = try LayerDirectory.status(Whiteout.opaqueName, in: directory)
            return Directory(isOpaque: mark != nil)
        case .device(let attribute):
            let mark = try ExtendedAttributes.value(of: attribute, at: .file(directory))
            return Directory(
                isOpaque: mark == [UInt8(ascii: "y")], hasMarkedFiles: mark == [UInt8(ascii: "x")],
                isReference: try value("redirect", at: .file(directory)) != nil)
        }
    }

    /// What the layer says about `name` in one of its directories.
    package func find(
        _ name: some Collection<UInt8>, in directory: Int32, _ marks: Directory
    ) throws(SystemCallError) -> Finding {
        switch format {
        case .none:
            return try LayerDirectory.status(name, in: directory).map(Finding.entry) ?? .nothing
        case .prefix:
            // The file system shows no such name to anybody.
            if name.starts(with: Whiteout.prefix) { return .nothing }
            if let status = try LayerDirectory.status(name, in: directory) { return .entry(status) }
            let mark = Whiteout.prefix + name
            // A name too long for its mark cannot have been deleted.
            if mark.count > Int(NAME_MAX) { return .nothing }
            return try LayerDirectory.status(mark, in: directory) == nil ? .nothing : .deletion
        case .device:
            guard let status = try LayerDirectory.status(name, in: directory) else { return .nothing }
            if status.isWhiteoutDevice { return .deletion }
            guard status.type == S_IFREG else { return .entry(status) }
            let place = ExtendedAttributes.Place.entry(name.map(CChar.init(bitPattern:)) + [0], in: directory)
            if marks.hasMarkedFiles, status.st_size == 0, try value("whiteout", at: place) != nil {
                return .deletion
            }
            return try value("metacopy", at: place) == nil ? .entry(status) : .reference
        }
    }

    /// The names that a directory of the layer speaks about, each once, in no order: those that are there and
    /// those that it deletes.
    package func names(in directory: Int32) throws(SystemCallError) -> [[UInt8]] {
        let names = try LayerDirectory.names(in: directory)
        guard format == .prefix else { return names }
        return names.compactMap { name in
            guard name.starts(with: Whiteout.prefix) else { return name }
            let hidden = name.dropFirst(Whiteout.prefix.count)
            // `.wh..wh.*` is the file system's own.
            return hidden.isEmpty || hidden.starts(with: Whiteout.prefix) ? nil : Array(hidden)
        }
    }

    /// Marks an open directory as opaque.
    package func makeOpaque(_ directory: Int32) throws(SystemCallError) {
        switch format {
        case .prefix: try Self.create(Whiteout.opaqueName, in: directory)
        case .device(let attribute):
            try systemCall("fsetxattr", attribute) {
                fsetxattr(directory, attribute, [UInt8(ascii: "y")], 1, 0)
            }
        case .none: break
        }
    }

    /// Marks `name` in an open directory as deleted.
    package func makeDeletion(_ name: some Collection<UInt8>, in directory: Int32) throws(SystemCallError) {
        switch format {
        case .prefix: try Self.create(Whiteout.prefix + name, in: directory)
        case .device:
            try systemCall("mknod") { name.withFileName { clx_mknodat(directory, $0, S_IFCHR, 0, 0) } }
        case .none: break
        }
    }

    /// Makes a mark in the form of ``DeletionFormat/prefix``.
    static func create(_ name: [UInt8], in directory: Int32) throws(SystemCallError) {
        let flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC
        let number = try systemCall("create", String(fileName: name)) {
            name.withFileName { clx_openat(directory, $0, flags, 0o444) }
        }
        close(number)
    }

    /// An attribute of the same family as the opaque mark.
    private func value(
        _ name: String, at place: ExtendedAttributes.Place
    ) throws(SystemCallError) -> [UInt8]? {
        guard case .device(let opaque) = format else { return nil }
        let family = opaque.split(separator: ".").dropLast().joined(separator: ".")
        return try ExtendedAttributes.value(of: "\(family).\(name)", at: place)
    }
}

extension stat {
    /// How a union file system writes a deletion (``DeletionFormat/device(opaqueAttribute:)``).
    var isWhiteoutDevice: Bool { type == S_IFCHR && st_rdev == 0 }
}
