internal import FoundationEssentials
internal import Layers

/// The `oci-layout` file.
package struct LayoutDocument: Codable {
    var imageLayoutVersion = "1.0.0"

    package init(imageLayoutVersion: String = "1.0.0") {
        self.imageLayoutVersion = imageLayoutVersion
    }
}

/// A manifest.
package struct ManifestDocument: Codable {
    var schemaVersion = 2
    var mediaType: String? = MediaType.manifest
    /// What it is the manifest of, if that is no image.
    var artifactType: String?
    package var config: BlobDescriptor
    var layers: [BlobDescriptor]
    var annotations: [String: String]?
}

extension Encodable {
    /// The one way in which documents become bytes: the same value, the same digest.
    package func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try Array(encoder.encode(self))
    }
}

extension Decodable {
    init(json: [UInt8]) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(json))
    }
}
