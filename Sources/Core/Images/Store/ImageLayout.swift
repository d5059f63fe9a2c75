internal import CLinux
internal import Glibc
internal import Host
package import Layers
package import SystemPackage

/// The files of an OCI image layout: `oci-layout`, `index.json` and `blobs/sha256/`.
///
/// Everything is published by "write under another name, sync, rename", blobs before what refers to them.
package struct ImageLayout {
    package let path: FilePath

    /// The largest JSON document that is read; registries take no manifest above 4 MiB.
    package static let maximumDocument: Int64 = 4 << 20

    package var index: FilePath { path.appending("index.json") }
    package var marker: FilePath { path.appending("oci-layout") }
    package var blobs: FilePath { path.appending("blobs").appending("sha256") }

    package func blobPath(_ digest: Digest) -> FilePath { blobs.appending(digest.hex) }

    /// index.json; an empty one if there is no layout yet.
    package func readIndex() throws -> IndexDocument { try document(ofIndex: indexBytes()) }

    /// index.json as it is; nil if there is none.
    func indexBytes() throws -> [UInt8]? { try read(index, limit: 16 * Self.maximumDocument) }

    /// What these bytes of index.json say.
    func document(ofIndex bytes: [UInt8]?) throws -> IndexDocument {
        guard let bytes else {
            // To begin anew would give up all images.
            if try hasLostIndex() { throw ImageError.damagedStore(path: index, reason: "it is missing") }
            return IndexDocument()
        }
        guard let layout = try read(marker, limit: Self.maximumDocument) else {
            throw ImageError.damagedStore(path: marker, reason: "it is missing")
        }
        let version = try decode(LayoutDocument.self, layout, from: marker).imageLayoutVersion
        guard version == LayoutDocument().imageLayoutVersion else {
            throw ImageError.damagedStore(path: marker, reason: "unknown layout version \(version.printable)")
        }
        return try decode(IndexDocument.self, bytes, from: index)
    }

    /// The document in a blob, after its size and digest were found right.
    func document<Document: Decodable>(_ type: Document.Type, _ blob: BlobDescriptor) throws -> Document {
        try decode(type, content(of: blob), from: blobPath(blob.digest))
    }

    /// The bytes of a document's blob, after its size and digest were found right.
    package func content(of blob: BlobDescriptor) throws -> [UInt8] {
        let file = blobPath(blob.digest)
        guard (0...Self.maximumDocument).contains(blob.size) else {
            throw ImageError.damagedStore(path: file, reason: "a document of \(blob.size) bytes")
        }
        guard let bytes = try read(file, limit: Self.maximumDocument) else {
            throw ImageError.damagedStore(path: file, reason: "it is missing")
        }
        let actual = SHA256Hasher.digest(of: bytes)
        guard actual == blob.digest else {
            throw ImageError.digestMismatch(content: "\(file)", expected: blob.digest, actual: actual)
        }
        guard Int64(bytes.count) == blob.size else {
            throw ImageError.damagedStore(path: file, reason: "its size is not the one that is written down")
        }
        return bytes
    }

    /// Opens a blob, whose content is not checked yet.
    ///
    /// - Throws: ``ImageError/damagedStore(path:reason:)`` if it is missing or of the wrong size.
    func open(_ digest: Digest, size: Int64) throws -> Descriptor {
        let file = blobPath(digest)
        do {
            let descriptor = try Descriptor(file, O_RDONLY | O_NOFOLLOW)
            let number = descriptor.rawValue
            var status = stat()
            try systemCall("fstat", file.string) { fstat(number, &status) }
            guard Int64(status.st_size) == size else {
                throw ImageError.damagedStore(
                    path: file, reason: "it has \(status.st_size) of \(size) bytes")
            }
            return descriptor
        } catch let error as SystemCallError where error.errno == .noSuchFileOrDirectory {
            throw ImageError.damagedStore(path: file, reason: "it is missing")
        }
    }

    /// The content of a file; nil if there is none.
    func read(_ file: FilePath, limit: Int64) throws -> [UInt8]? {
        do {
            let descriptor = try Descriptor(file, O_RDONLY | O_NOFOLLOW)
            var bytes: [UInt8] = []
            let source = FileSource(descriptor.rawValue)
            var piece = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = try piece.withUnsafeMutableBytes { try source.fill($0) }
                bytes += piece[..<count]
                if count < piece.count { return bytes }
                if bytes.count > limit {
                    throw ImageError.damagedStore(path: file, reason: "it is too large")
                }
            }
        } catch let error as SystemCallError where error.errno == .noSuchFileOrDirectory {
            return nil
        }
    }

    func decode<Document: Decodable>(
        _ type: Document.Type, _ bytes: [UInt8], from file: FilePath
    ) throws -> Document {
        do { return try Document(json: bytes) } catch {
            throw ImageError.damagedStore(path: file, reason: "it is not the JSON that belongs there")
        }
    }
}
