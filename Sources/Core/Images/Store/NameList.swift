internal import CLinux
internal import Layers

/// The names of a store's images with the digests of their entries, as text: the state of index.json, a line for each
/// name, and an end.
struct NameList {
    private let bytes: [UInt8]

    private static let end = "\nend\n"

    /// The list in these bytes, if it was made from this state.
    init?(_ bytes: [UInt8], for state: IndexState) {
        guard bytes.starts(with: "\(state.text)\n".utf8),
            bytes[max(0, bytes.count - Self.end.utf8.count)...].elementsEqual(Self.end.utf8)
        else { return nil }
        self.bytes = bytes
    }

    static func bytes(
        _ entries: [(name: ImageName?, blob: BlobDescriptor)], for state: IndexState
    ) -> [UInt8] {
        var text = state.text
        for case (let name?, let blob) in entries { text += "\n\(name) \(blob.digest.hex)" }
        return Array((text + end).utf8)
    }

    /// The digits of the digest that the image of this name has; nil if there is none.
    func digest(of name: ImageName) -> String? {
        // No name has a space or an end of a line in it.
        let wanted = Array("\n\(name) ".utf8)
        return bytes.withUnsafeBytes { list in
            guard let start = list.baseAddress,
                let found = clx_memmem(start, list.count, wanted, wanted.count)
            else {
                return nil
            }
            let digits = list[(found - UnsafeMutableRawPointer(mutating: start) + wanted.count)...].prefix(64)
            return String(decoding: digits, as: UTF8.self)
        }
    }
}
