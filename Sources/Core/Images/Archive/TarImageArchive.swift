internal import Layers
internal import Tree

/// A tar archive, read once from front to back: all of its files are staged, because only its end may tell which
/// of them count.
final class TarImageArchive: ImageArchive {
    private var files: [LayerPath: StagedBlob] = [:]
    private var links: [LayerPath: [UInt8]] = [:]

    /// Far more than the layers of any number of images that somebody would put into one archive.
    private static let maximumMembers = 1 << 17

    /// Reads all of `source`, which may be compressed.
    ///
    /// - Throws: ``ImageError``, ``SystemCallError``, or what the source throws.
    init(_ source: any ByteSource, staging: BlobStaging) throws {
        let reader = TarReader(try Compression.sniff(source).content)
        var count = 0
        while let entry = try reader.next() {
            count += 1
            guard count <= Self.maximumMembers else {
                throw ImageError.malformedImage(
                    "the archive", reason: "it has more than \(Self.maximumMembers) members")
            }
            let path = try LayerPath(entry.path)
            switch entry.kind {
            case .file(_, nil):
                let blob = try staging.newBlob()
                try reader.content { _, bytes in try blob.write(bytes) }
                files[path] = try blob.finish()
                links[path] = nil
            case .file:
                throw ImageError.refusedEntry(
                    name: entry.displayName, reason: "a sparse file is no part of an image archive")
            case .symbolicLink(let target): add(link: path, to: target)
            case .hardLink(let target):
                // Its target is named from the archive's root.
                let steps = [UInt8](repeating: 0, count: path.components.count - 1).flatMap { _ in "../".utf8
                }
                add(link: path, to: steps + (try LayerPath(target)).bytes)
            case .directory, .fifo, .characterDevice, .blockDevice: break
            }
        }
        try reader.drain()
    }

    func member(at path: LayerPath) -> ArchiveMember? {
        if let file = files[path] { return .file(size: file.size) }
        return links[path].map { .link(target: $0) }
    }

    func stage(_ path: LayerPath) throws -> StagedBlob {
        guard let file = files[path] else {
            throw ImageError.malformedImage(path.displayName, reason: "it is missing")
        }
        return file
    }

    private func add(link path: LayerPath, to target: [UInt8]) {
        files[path] = nil
        links[path] = target
    }
}
