internal import Layers

extension ImageStore {
    /// Makes an image of layers and a configuration, and publishes it under its names, in one step.
    ///
    /// - Parameters:
    ///   - config: its configuration.
    ///   - layers: its layers, the lowest first: those that are new, and those that another image has brought.
    ///   - new: the layers that are new, staged in `staging`.
    ///   - names: its names; whoever had them loses them.
    /// - Returns: the image as it can be resolved from now on, by its first name.
    /// - Throws: ``ImageError/damagedStore(path:reason:)`` if an older layer is gone, or ``SystemCallError``.
    func publish(
        _ config: ConfigDocument, layers: [BlobDescriptor], new: [StagedBlob], names: [ImageName],
        in staging: BlobStaging
    ) throws -> Image {
        let configBlob = try staging.blob(config.json())
        let manifest = ManifestDocument(config: configBlob.descriptor(MediaType.config), layers: layers)
        let manifestBlob = try staging.blob(manifest.json())
        var entry = manifestBlob.descriptor(MediaType.manifest)
        entry.platform = config.platform
        try layout.publish(new + [configBlob, manifestBlob], needing: layers) { index in
            index.add(entry, names: names)
        }
        return ImageDocuments(manifestBlob: entry, manifest: manifest, config: config).image(names.first)
    }

    /// Removes what killed processes have left in the store.
    ///
    /// Every command begins with it: cheap where there is
    /// nothing to do.
    ///
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    public func removeAbandoned() throws { try layout.removeAbandoned() }
}
