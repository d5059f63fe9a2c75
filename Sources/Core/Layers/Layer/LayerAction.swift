internal import DriverKit
internal import Host
package import Tree

/// What an archive entry asks for, in the terms of OCI layers, after every check that needs no file system.
///
/// OCI image specification, "Representing Changes": `.wh.NAME` deletes NAME, `.wh..wh..opq` hides everything that
/// lower layers have in its directory; both speak of lower layers only.
package enum LayerAction: Equatable {
    case create(LayerPath)
    case link(LayerPath, target: LayerPath)
    case hide(LayerPath)
    case makeOpaque(LayerPath)
    /// What a file system kept for itself in the layer that the archive was made of: nothing is to be done.
    case leaveOut

    /// The names that file systems keep for their own bookkeeping in a layer.
    private static let bookkeepingPrefix = Array(".wh..wh.".utf8)
    /// The directory of that kind whose files the layer's own names are links to: they are written there, and the
    /// directory is removed when the layer is done (docker's unpacker keeps them aside as well).
    package static let asideName = Array(".wh..wh.plnk".utf8)

    /// - Throws: ``ImageError/refusedEntry(name:reason:)``.
    package init(_ entry: TarEntry) throws(ImageError) {
        func refused(_ reason: String) -> ImageError {
            .refusedEntry(name: entry.displayName, reason: reason)
        }
        let path = try LayerPath(entry.path)
        if Self.isBookkeeping(path) {
            switch entry.kind {
            case .file where Self.isAside(path): self = .create(path)
            case .hardLink(let name) where Self.isAside(path):
                let target = try LayerPath(name)
                self = Self.hasReservedName(target) ? .leaveOut : .link(path, target: target)
            default: self = .leaveOut
            }
            return
        }
        if Self.hasReservedName(path.parent) { throw refused("it lies in a deletion mark (.wh.)") }
        if path.isRoot && entry.kind != .directory { throw refused("it would replace the root directory") }
        if entry.kind == .characterDevice(major: 0, minor: 0) {
            throw refused("a character device 0:0 means a deletion to some file systems")
        }
        if path.name.starts(with: Whiteout.prefix) {
            self = try Self.deletion(path, refused)
            if entry.kind == .directory { throw refused("a deletion mark cannot be a directory") }
        } else if case .hardLink(let name) = entry.kind {
            let target = try LayerPath(name)
            guard !target.isRoot, Self.isAside(target) || !Self.hasReservedName(target) else {
                throw refused("it is a hard link to \"\(String(fileName: name).printable)\"")
            }
            self = .link(path, target: target)
        } else {
            self = .create(path)
        }
    }

    /// What an entry of an archive asks for that is no layer: a name like `.wh.x` is a name.
    ///
    /// - Throws: ``ImageError/refusedEntry(name:reason:)``.
    init(plain entry: TarEntry) throws(ImageError) {
        let path = try LayerPath(entry.path)
        if path.isRoot && entry.kind != .directory {
            throw .refusedEntry(name: entry.displayName, reason: "it would replace the root directory")
        }
        guard case .hardLink(let name) = entry.kind else {
            self = .create(path)
            return
        }
        self = .link(path, target: try LayerPath(name))
    }

    private static func deletion(
        _ path: LayerPath, _ refused: (String) -> ImageError
    ) throws(ImageError) -> LayerAction {
        if path.name.elementsEqual(Whiteout.opaqueName) { return .makeOpaque(path.parent) }
        let hidden = path.name.dropFirst(Whiteout.prefix.count)
        if hidden.isEmpty || hidden.elementsEqual(".".utf8) || hidden.elementsEqual("..".utf8) {
            throw refused("a deletion mark without a name")
        }
        return .hide(path.parent.appending(hidden))
    }

    /// True for what is, or lies in, a file system's own; an opaque mark is not.
    private static func isBookkeeping(_ path: LayerPath) -> Bool {
        path.components.contains {
            $0.starts(with: bookkeepingPrefix) && !$0.elementsEqual(Whiteout.opaqueName)
        }
    }

    /// True for a place that other names of a layer may be links to.
    static func isAside(_ path: LayerPath) -> Bool {
        path.parent.bytes.elementsEqual(asideName)
    }

    static func hasReservedName(_ path: LayerPath) -> Bool {
        path.components.contains { $0.starts(with: Whiteout.prefix) }
    }
}

extension DeletionFormat {
    /// True for an attribute by which the driver's file system marks its own files, and which a hostile layer
    /// could forge: everything that has the opaque mark's prefix, in the trusted and the user namespace
    /// (xattr(7)).
    func reserves(_ attribute: ExtendedAttribute) -> Bool {
        guard case .device(let opaque) = self else { return false }
        let family = opaque.split(separator: ".").dropFirst().dropLast().joined(separator: ".")
        return ["trusted", "user"].contains { attribute.name.hasPrefix("\($0).\(family).") }
    }

    /// How the names of the attributes begin by which the file system marks its own files; nil if it has none.
    var ownAttributes: String? {
        guard case .device(let opaque) = self else { return nil }
        return opaque.split(separator: ".").dropLast().joined(separator: ".") + "."
    }
}
