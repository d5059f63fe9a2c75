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
    ///   - name: the name.
    ///   - config: how its containers run.
    ///   - created: when it was made (RFC 3339). Left out by default, because it changes the image's digest.
    ///   - progress: is told how much of an archive has been read, or of a directory.
    ///   - notice: is told, in one line, what of the archive will not be there when the image runs.
    /// - Returns: the image as it can be resolved from now on.
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    public func importRootFS(
        from source: ImportSource, as name: ImageName, config: ImageConfig, created: String? = nil,
        progress: (any ByteProgress)? = nil, notice: (String) -> Void = { _ in }
    ) throws -> Image {
        let staging = try layout.stage()
        let blob = try staging.newBlob()
        var leftOut: Set<String> = []
        switch source {
        case .tar(let file):
            let source = FileSource(file.rawValue).watched(by: progress)
            leftOut = try copyArchive(source, to: blob)
        case .directory(let root):
            let meter = ByteMeter(progress)
            try TreeArchiver.write(
                root,
                to: TarWriter {
                    try blob.write($0)
                    meter?.add($0.count)
                })
        }
        let layer = try blob.finish()
        let document = ConfigDocument(
            created: created, config: config, diffIDs: [layer.digest],
            // A step without a time is allowed, and umoci cannot read it.
            history: [
                HistoryEntry(created: created ?? "1970-01-01T00:00:00Z", createdBy: "mydocker image import")
            ])
        let image = try publish(
            document, layers: [layer.descriptor(MediaType.layer)], new: [layer], names: [name], in: staging)
        leftOut.notice.map(notice)
        return image
    }

    /// Copies an archive into `blob`, uncompressed and otherwise byte for byte, and checks it on the way.
    ///
    /// - Returns: the attributes that will be left out of it.
    private func copyArchive(_ source: any ByteSource, to blob: BlobWriter) throws -> Set<String> {
        let plain = try Compression.sniff(source).content
        let reader = TarReader(TappedSource(plain) { try blob.write($0) })
        var check = RootFSCheck()
        while let entry = try reader.next() { try check.check(entry) }
        try reader.drain()
        return check.leftOut
    }
}
