internal import FoundationEssentials
internal import SystemPackage

extension Store {
    /// The containers that have a record, and their images.
    ///
    /// A record that cannot be read says nothing: it must not be in the way of a removal.
    public func imageUses() -> [ImageUse] {
        [containers, kept].flatMap { place in
            ((try? Files.list(place)) ?? []).compactMap { id in
                let file = place.appending(FilePath(id).components).appending(ContainerRecord.fileName)
                guard let text = try? Files.read(file),
                    let record = try? JSONDecoder().decode(ContainerRecord.self, from: Data(text.utf8)),
                    record.image.hasPrefix("image ")
                else { return nil }
                return ImageUse(image: String(record.image.dropFirst("image ".count)), container: record.name)
            }
        }
    }
}
