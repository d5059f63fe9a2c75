/// The machines that an image is for, in the words of Go.
///
/// What is not listed here is kept as it was read, and written again.
struct Platform: Codable, Equatable, Sendable {
    var architecture: String
    var os: String
    private var others: [String: JSONValue] = [:]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case architecture, os
    }

    init(architecture: String, os: String = "linux") {
        self.architecture = architecture
        self.os = os
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        architecture = try fields.decode(String.self, forKey: .architecture)
        os = try fields.decode(String.self, forKey: .os)
        others = try JSONValue.members(of: decoder, except: CodingKeys.allCases.map(\.rawValue))
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(architecture, forKey: .architecture)
        try fields.encode(os, forKey: .os)
        try JSONValue.encode(others, to: encoder)
    }

    /// True if images for `other` run where images for this do.
    func matches(_ other: Platform) -> Bool { architecture == other.architecture && os == other.os }

    /// This machine.
    static var current: Platform {
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
