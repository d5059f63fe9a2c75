/// Which layers of an archive were checked already: several images may have the same, and one may be all of them.
final class VerifiedLayers {
    private struct Key: Hashable {
        let blob: Digest
        let diffID: Digest
        let compression: Compression?
    }

    private var checked: [Key: Compression] = [:]

    /// As ``StagedBlob/verifyLayer(_:compression:)``, once for each.
    func verify(_ blob: StagedBlob, _ diffID: Digest, compression: Compression? = nil) throws -> Compression {
        let key = Key(blob: blob.digest, diffID: diffID, compression: compression)
        if let known = checked[key] { return known }
        let result = try blob.verifyLayer(diffID, compression: compression)
        checked[key] = result
        return result
    }
}
