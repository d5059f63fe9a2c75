/// index.json, and an image for several platforms (OCI image specification, "Image Index").
///
/// What this program does not know is kept: fields, and entries that it cannot read.
struct IndexDocument: Codable {
    var schemaVersion = 2
    var mediaType: String? = MediaType.index
    var manifests: [BlobDescriptor] = []
    var annotations: [String: String]?
    /// Entries of other tools that are no descriptors as this program knows them: other digests than SHA-256.
    private(set) var unreadable: [JSONValue] = []
    private var others: [String: JSONValue] = [:]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case schemaVersion, mediaType, manifests, annotations
    }

    init() {}

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        schemaVersion = try fields.decode(Int.self, forKey: .schemaVersion)
        mediaType = try fields.decodeIfPresent(String.self, forKey: .mediaType)
        annotations = try fields.decodeIfPresent([String: String].self, forKey: .annotations)
        others = try JSONValue.members(of: decoder, except: CodingKeys.allCases.map(\.rawValue))
        var entries = try fields.nestedUnkeyedContainer(forKey: .manifests)
        while !entries.isAtEnd {
            // A failed attempt leaves the container where it was.
            if let entry = try? entries.decode(BlobDescriptor.self) {
                manifests.append(entry)
            } else {
                unreadable.append(try entries.decode(JSONValue.self))
            }
        }
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(schemaVersion, forKey: .schemaVersion)
        try fields.encodeIfPresent(mediaType, forKey: .mediaType)
        try fields.encodeIfPresent(annotations, forKey: .annotations)
        var entries = fields.nestedUnkeyedContainer(forKey: .manifests)
        try manifests.forEach { try entries.encode($0) }
        try unreadable.forEach { try entries.encode($0) }
        try JSONValue.encode(others, to: encoder)
    }

    /// Makes these the names of the image that `entry` describes; whoever had them loses them.
    ///
    /// Without names the image is there all the same.
    mutating func add(_ entry: BlobDescriptor, names: [ImageName]) {
        for name in names { remove(name, keeping: entry.digest) }
        // It is listed already; with a name, it need not be listed without one as well.
        if names.isEmpty, manifests.contains(where: { $0.digest == entry.digest }) { return }
        manifests.removeAll { $0.digest == entry.digest && $0.isNameless }
        manifests += names.isEmpty ? [entry.renamed(nil)] : names.map { entry.renamed($0) }
    }

    /// Takes a name away; the image that had it stays, without a name if it has no other, unless its digest is
    /// `digest`.
    mutating func remove(_ name: ImageName, keeping digest: Digest? = nil) {
        while let position = manifests.firstIndex(where: { $0.name == name }) {
            let entry = manifests.remove(at: position)
            if entry.digest == digest || manifests.contains(where: { $0.digest == entry.digest }) { continue }
            manifests.append(entry.renamed(nil))
        }
    }
}
