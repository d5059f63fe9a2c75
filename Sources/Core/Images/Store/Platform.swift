internal import Storage

/// The machines that an image is for, in the words of Go.
///
/// What is not listed here is kept as it was read, and written again.
package struct Platform: Codable, Hashable, Sendable {
    package var architecture: String
    package var os: String
    /// The generation of the processor: "v8", "v3".
    var variant: String?
    private var others: [String: JSONValue] = [:]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case architecture, os, variant
    }

    package init(architecture: String, os: String = "linux", variant: String? = nil) {
        self.architecture = architecture
        self.os = os
        self.variant = variant
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        architecture = try fields.decode(String.self, forKey: .architecture)
        os = try fields.decode(String.self, forKey: .os)
        variant = try fields.decodeIfPresent(String.self, forKey: .variant)
        others = try JSONValue.members(of: decoder, except: CodingKeys.allCases.map(\.rawValue))
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(architecture, forKey: .architecture)
        try fields.encode(os, forKey: .os)
        try fields.encodeIfPresent(variant, forKey: .variant)
        try JSONValue.encode(others, to: encoder)
    }

    /// "linux/arm/v7".
    package var text: String { ([os, architecture] + (variant.map { [$0] } ?? [])).joined(separator: "/") }

    /// This machine.
    package static var current: Platform {
        #if arch(x86_64)
            Platform(architecture: "amd64")
        #elseif arch(arm64)
            Platform(architecture: "arm64")
        #elseif arch(riscv64)
            Platform(architecture: "riscv64")
        #else
            Platform(architecture: "unknown")
        #endif
    }
}
