public import Layers
internal import SystemPackage

extension ImageStore {
    /// Makes an image of one layer from a root file system, and gives it a name; an image that had the name
    /// loses it.
    ///
    /// The layer is stored uncompressed. What could not be unpacked safely is refused before anything is
    /// published. The same directory, or archive, and the same configuration make the same image, digest for
    /// digest.
    ///
    /// - Parameters:
    ///   - source: an archive or a directory.
    ///   - name: the name; nil for none.
    ///   - config: how its containers run.
    ///   - created: when it was made (RFC 3339). Left out by default, because it changes the image's digest.
    ///   - comment: what there is to say about it.
    ///   - progress: is told how much of an archive has been read, or of a directory.
    ///   - notice: is told, in one line, what of the archive will not be there when the image runs.
    /// - Returns: the image as it can be resolved from now on.
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    public func importRootFS(
        from source: ImportSource, as name: ImageName?, config: ImageConfig, created: String? = nil,
        comment: String? = nil, progress: (any ByteProgress)? = nil, notice: (String) -> Void = { _ in }
    ) throws -> Image {
        try importRootFS(
            from: source, as: name, config: config, created: created, comment: comment, progress: progress,
            notice
        ) {
            while let entry = try $0.next() { try $1(entry) }
        }
    }

    /// The same, with all entries shown to somebody.
    ///
    /// - Parameter use: gets what reads the archive, and reads it to its end; each entry has to be checked, by the
    ///   function that it gets too, before anything is done with it.
    func importRootFS(
        from source: ImportSource, as name: ImageName?, config: ImageConfig, created: String?,
        comment: String?, progress: (any ByteProgress)?, _ notice: (String) -> Void,
        use: (TarReader, (TarEntry) throws -> Void) throws -> Void
    ) throws -> Image {
        let staging = try layout.stage()
        let blob = try staging.newBlob()
        var check = RootFSCheck()
        try Self.read(source, to: blob, progress) { content in
            let reader = TarReader(content)
            try use(reader) { try check.check($0) }
            try reader.drain()
        }
        let layer = try blob.finish()
        let document = ConfigDocument(
            created: created, config: config, diffIDs: [layer.digest],
            // A step without a time is allowed, and umoci cannot read it.
            history: [
                HistoryEntry(
                    created: created ?? "1970-01-01T00:00:00Z", createdBy: "mydocker image import",
                    comment: comment)
            ])
        let image = try publish(
            document, layers: [layer.descriptor(MediaType.layer)], new: [layer],
            names: name.map { [$0] } ?? [],
            in: staging)
        check.leftOut.notice.map(notice)
        return image
    }

    /// Writes an archive, or a directory as an archive, uncompressed and otherwise byte for byte into `blob`, and
    /// shows it to `use`, which goes on beside it.
    private static func read(
        _ source: ImportSource, to blob: BlobWriter, _ progress: (any ByteProgress)?,
        _ use: (any ByteSource) throws -> Void
    ) throws {
        // Used by one other thread alone, until that has ended.
        nonisolated(unsafe) let blob = blob
        switch source {
        case .tar(let file):
            let file = try FileSource(copying: file.rawValue)
            let meter = ByteMeter(progress, total: file.remaining)
            let (content, compression) = try Compression.sniff(file.counted(by: meter))
            func copy(_ plain: any ByteSource) throws {
                nonisolated(unsafe) let source = TappedSource(plain) { try blob.write($0) }
                try BytePump.run({ try $0.write(all: source) }, use)
            }
            // Decompressing takes as long as everything else.
            if compression == .plain {
                try copy(content)
            } else {
                try BytePump.readingAhead(of: content, copy)
            }
        case .directory(let root):
            let meter = ByteMeter(progress)
            try BytePump.run(
                { output in
                    try TreeArchiver.write(
                        root,
                        to: TarWriter {
                            try blob.write($0)
                            try output.write($0)
                            meter?.add($0.count)
                        })
                }, use)
        }
    }
}
