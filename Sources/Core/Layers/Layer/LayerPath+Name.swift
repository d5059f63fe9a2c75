internal import Host
internal import Tree

extension LayerPath {
    /// The place that an archive's name means: absolute names are taken relative to the layer's root.
    ///
    /// - Throws: ``ImageError/refusedEntry(name:reason:)`` for a name with `..`.
    package init(_ name: [UInt8]) throws(ImageError) {
        guard let path = LayerPath(relative: name) else {
            throw .refusedEntry(name: String(fileName: name), reason: "it leads upwards (..)")
        }
        self = path
    }
}
