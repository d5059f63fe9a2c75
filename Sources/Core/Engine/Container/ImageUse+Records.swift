public import Images
public import Storage

extension Store {
    /// The containers that run on an image, and the images' manifests.
    ///
    /// A record that cannot be read says nothing: it must not be in the way of a removal.
    public func imageUses() throws -> [ImageUse] {
        try Containers(self).all().compactMap { record in
            record.manifest.map { ImageUse(image: "\($0)", container: record.name) }
        }
    }
}
