internal import Layers
package import Storage

/// index.json, and an image for several platforms (OCI image specification, "Image Index").
///
/// What this program does not know is kept: fields, and entries that it cannot read.
package struct IndexDocument: Codable {
    var schemaVersion = 2
    var mediaType: String? = MediaType.index
    package var manifests: [BlobDescriptor] = []
    var annotations: [String: String]?
    /// Entries of other tools that are no descriptors as this program knows them: other digests than SHA-256.
    private(set) var unreadable: [JSONValue] = []
    private var others: [String: JSONValue] = [:]

    package init(
        schemaVersion: Int = 2, mediaType: String? = MediaType.index, manifests: [BlobDescriptor] = [],
        annotations: [String: String]? = nil, unreadable: [JSONValue] = [], others: [String: JSONValue] = [:]
    ) {
        self.schemaVersion = schemaVersion
        self.mediaType = mediaType
        self.manifests = manifests
        self.annotations = annotations
        self.unreadable = unreadable
        self.others = others
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case schemaVersion, mediaType, manifests, annotations
    }

    package init() {}

    package init(from decoder: any Decoder) throws {
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

    package func encode(to encoder: any Encoder) throws {
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
    package mutating func add(_ entry: BlobDescriptor, names: [ImageName]) { add([(entry, names)]) }

    /// The same for several images, of which a later one takes the names of those before it.
    ///
    /// Takes as many steps as there are entries and names, not their product: an archive may bring thousands.
    mutating func add(_ images: [(entry: BlobDescriptor, names: [ImageName])]) {
        var owners: [ImageName: Int] = [:]
        for (position, image) in images.enumerated() { for name in image.names { owners[name] = position } }
        var named: [BlobDescriptor] = []
        for (position, image) in images.enumerated() {
            for name in image.names where owners[name] == position {
                named.append(image.entry.renamed(name))
                owners[name] = nil
            }
        }
        let taken = Set(images.flatMap(\.names))
        let losers = split { $0.name.map(taken.contains) ?? false }
        let withNames = Set(named.map(\.digest))
        // With a name, it need not be listed without one as well.
        manifests.removeAll { $0.isNameless && withNames.contains($0.digest) }
        var listed = Set(manifests.map(\.digest)).union(withNames)
        for entry in losers + images.map(\.entry) where listed.insert(entry.digest).inserted {
            manifests.append(entry.renamed(nil))
        }
        manifests += named
    }

    /// Takes names away, and entries out of the list; an image that had a name stays, without one if it has no
    /// other.
    mutating func remove(_ names: Set<ImageName>, and entries: Set<BlobDescriptor> = []) {
        manifests.removeAll { entries.contains($0) }
        let losers = split { $0.name.map(names.contains) ?? false }
        var listed = Set(manifests.map(\.digest))
        for entry in losers where listed.insert(entry.digest).inserted {
            manifests.append(entry.renamed(nil))
        }
    }

    /// Takes out the entries of which `isLost` is true.
    private mutating func split(_ isLost: (BlobDescriptor) -> Bool) -> [BlobDescriptor] {
        var lost: [BlobDescriptor] = []
        manifests = manifests.filter { entry in
            guard isLost(entry) else { return true }
            lost.append(entry)
            return false
        }
        return lost
    }
}
