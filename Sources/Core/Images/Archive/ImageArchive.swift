internal import Glibc
internal import Host
internal import Layers
internal import SystemPackage
internal import Tree

/// An image archive as a set of files, of which those that are asked for are staged: a tar archive or a directory.
///
/// Whoever made it is not trusted: names and links lead to files of the archive or nowhere.
protocol ImageArchive: AnyObject {
    /// What is at a path; nil if there is nothing, or nothing that has a meaning here.
    func member(at path: LayerPath) throws -> ArchiveMember?

    /// The file at a path, which ``member(at:)`` has said is one.
    func stage(_ path: LayerPath) throws -> StagedBlob
}

/// What an image archive has at a path.
enum ArchiveMember {
    case file(size: Int64)
    /// Another name for what is at `target`, as seen from the directory that the link is in.
    case link(target: [UInt8])
}

extension ImageArchive {
    /// The file that `name` means, through links inside the archive; nil if there is none.
    ///
    /// - Parameter limit: how large it may be.
    /// - Throws: ``ImageError`` for a name or link that leads out of the archive, and a file that is too large.
    func file(_ name: String, limit: Int64 = .max) throws -> StagedBlob? {
        var path = try LayerPath(Array(name.utf8))
        // As many links as the kernel would follow.
        for _ in 0..<40 {
            switch try member(at: path) {
            case nil: return nil
            case .file(let size):
                guard size <= limit else {
                    throw ImageError.malformedImage(
                        name, reason: "it has \(size) bytes (the limit is \(limit))")
                }
                return try stage(path)
            case .link(let target): path = try path.parent.following(target)
            }
        }
        throw ImageError.refusedEntry(name: name, reason: "it is a link that leads in a circle")
    }

    /// The content of a small file; nil if there is none.
    func document(_ name: String) throws -> [UInt8]? {
        try file(name, limit: ImageLayout.maximumDocument)?.content()
    }
}

extension LayerPath {
    /// Where a symbolic link in this directory leads.
    ///
    /// - Throws: ``ImageError/refusedEntry(name:reason:)`` if that is outside.
    fileprivate func following(_ target: [UInt8]) throws(ImageError) -> LayerPath {
        let leadsOut = ImageError.refusedEntry(
            name: displayName, reason: "a link in it leads out of the archive")
        if target.first == UInt8(ascii: "/") { throw leadsOut }
        var path = self
        for part in target.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            if !part.elementsEqual("..".utf8) {
                path = path.appending(part)
            } else if path.isRoot {
                throw leadsOut
            } else {
                path = path.parent
            }
        }
        return path
    }
}

extension StagedBlob {
    /// The whole content, of a file that is known to be small.
    func content() throws -> [UInt8] {
        let file = try Descriptor(path, O_RDONLY)
        return try file.readAll(limit: Int(size), subject: path.string)
    }
}
