internal import Layers

/// Which stacks of layers of an archive were checked already: many images of it may be of the same.
final class VerifiedLayers {
    private struct Layer: Hashable {
        let blob: Digest
        let diffID: Digest
    }

    private var checked: [[Layer]: Result] = [:]

    /// How each layer is compressed, and which attributes no layer gets here.
    typealias Result = (compressions: [Compression], leftOut: Set<String>)

    /// Checks the layers of an image, the lowest first: that they are what they are called, and that they can be
    /// unpacked one on the other.
    ///
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    func verify(_ layers: [(StagedBlob, Digest)]) throws -> Result {
        let key = layers.map { Layer(blob: $0.digest, diffID: $1) }
        if let known = checked[key] { return known }
        var check = RootFSCheck()
        let compressions = try layers.map { blob, diffID in try blob.verifyLayer(diffID, &check) }
        let result = (compressions, check.leftOut)
        checked[key] = result
        return result
    }
}
