internal import FoundationEssentials

/// A reference to a blob: OCI image specification, "Content Descriptors".
struct BlobDescriptor: Codable, Equatable, Sendable {
    var mediaType: String
    var digest: Digest
    var size: Int64
    var urls: [String]?
    var annotations: [String: String]?
    var data: String?
    var artifactType: String?
    var platform: Platform?

    /// The annotation by which tools find an image in a layout.
    static let nameAnnotation = "org.opencontainers.image.ref.name"
}

/// The machines that an image is for.
struct Platform: Codable, Equatable, Sendable {
    var architecture: String
    var os: String
    var variant: String?

    /// This machine, in the words of Go.
    static var current: Platform {
        #if arch(x86_64)
            Platform(architecture: "amd64", os: "linux")
        #elseif arch(arm64)
            Platform(architecture: "arm64", os: "linux")
        #elseif arch(riscv64)
            Platform(architecture: "riscv64", os: "linux")
        #else
            Platform(architecture: "unknown", os: "linux")
        #endif
    }
}

/// index.json, and an image for several platforms.
struct IndexDocument: Codable {
    var schemaVersion = 2
    var mediaType: String? = MediaType.index
    var manifests: [BlobDescriptor] = []
    var annotations: [String: String]?
}

/// A manifest.
struct ManifestDocument: Codable {
    var schemaVersion = 2
    var mediaType: String? = MediaType.manifest
    var config: BlobDescriptor
    var layers: [BlobDescriptor]
    var annotations: [String: String]?
}

/// The `oci-layout` file.
struct LayoutDocument: Codable {
    var imageLayoutVersion = "1.0.0"
}

extension Encodable {
    /// The one way in which documents become bytes: the same value, the same digest.
    func json() throws -> [UInt8] {
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
