internal import CLinux
internal import Glibc
internal import SystemPackage

/// The files of an OCI image layout: `oci-layout`, `index.json` and `blobs/sha256/`.
///
/// Everything is published by "write under another name, sync, rename", blobs before what refers to them.
struct ImageLayout {
    let path: FilePath

    /// The largest JSON document that is read; registries take no manifest above 4 MiB.
    private static let maximumDocument: Int64 = 4 << 20

    private var index: FilePath { path.appending("index.json") }
    private var marker: FilePath { path.appending("oci-layout") }
    private var blobs: FilePath { path.appending("blobs").appending("sha256") }

    func blobPath(_ digest: Digest) -> FilePath { blobs.appending(digest.hex) }

    /// index.json; an empty one if there is no layout yet.
    func readIndex() throws -> IndexDocument {
        guard let bytes = try read(index, limit: 16 * Self.maximumDocument) else { return IndexDocument() }
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
        return try decode(type, bytes, from: file)
    }

    /// Makes the directories and the marker if they are not there.
    func create() throws {
        try makeDirectory(path, mode: 0o700)
        try makeDirectory(path.appending("blobs"), mode: 0o755)
        try makeDirectory(blobs, mode: 0o755)
        try withLock {
            try TemporaryBlob.reap(in: path)
            if try read(marker, limit: Self.maximumDocument) == nil {
                try replace(marker, LayoutDocument().json())
            }
        }
    }

    /// A new blob in the making.
    func newBlob() throws -> TemporaryBlob {
        try withLock { try TemporaryBlob(in: path) }
    }

    /// Publishes what was written to `blob`.
    func publish(_ blob: TemporaryBlob, mediaType: String) throws -> BlobDescriptor {
        let digest = blob.digest()
        try blob.publish(as: blobPath(digest))
        return BlobDescriptor(mediaType: mediaType, digest: digest, size: blob.size)
    }

    /// Publishes a document as a blob.
    func publish(_ document: some Encodable, mediaType: String) throws -> BlobDescriptor {
        let blob = try newBlob()
        try document.json().withUnsafeBytes { try blob.write($0) }
        return try publish(blob, mediaType: mediaType)
    }

    /// Changes index.json, alone.
    func updateIndex(_ change: (inout IndexDocument) -> Void) throws {
        try sync(blobs)
        try withLock {
            var document = try readIndex()
            change(&document)
            try replace(index, document.json())
            try sync(path)
        }
    }

    /// Runs `body` while nobody else writes to the layout; not to be nested.
    private func withLock<Result>(_ body: () throws -> Result) throws -> Result {
        let lock = try Descriptor(path, O_RDONLY | O_DIRECTORY)
        let number = lock.rawValue
        try systemCall("flock", path.string) { flock(number, LOCK_EX) }
        // The lock goes with the descriptor, which is closed at the end of its scope and not before.
        return try body()
    }

    private func replace(_ file: FilePath, _ bytes: [UInt8]) throws {
        let temporary = try TemporaryBlob(in: path)
        try bytes.withUnsafeBytes { try temporary.write($0) }
        try temporary.publish(as: file)
    }

    private func sync(_ directory: FilePath) throws {
        let handle = try Descriptor(directory, O_RDONLY | O_DIRECTORY)
        let number = handle.rawValue
        try systemCall("fsync", directory.string) { fsync(number) }
    }

    private func makeDirectory(_ path: FilePath, mode: mode_t) throws {
        if path.withPlatformString({ mkdir($0, mode) }) == 0 || Errno.current == .fileExists { return }
        guard Errno.current == .noSuchFileOrDirectory, path.removingLastComponent() != path else {
            throw SystemCallError("mkdir", path)
        }
        try makeDirectory(path.removingLastComponent(), mode: 0o700)
        try systemCall("mkdir", path) { mkdir($0, mode) }
    }

    /// The content of a file; nil if there is none.
    private func read(_ file: FilePath, limit: Int64) throws -> [UInt8]? {
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

    private func decode<Document: Decodable>(
        _ type: Document.Type, _ bytes: [UInt8], from file: FilePath
    ) throws -> Document {
        do { return try Document(json: bytes) } catch {
            throw ImageError.damagedStore(path: file, reason: "it is not the JSON that belongs there")
        }
    }
}
