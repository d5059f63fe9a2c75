/// The SHA-256 digest of some content, as OCI writes it: `sha256:` and 64 lower-case hexadecimal digits.
public struct Digest: Hashable, Sendable, CustomStringConvertible, Codable {
    /// The 64 digits.
    public let hex: String

    /// The text form: "sha256:e3b0…".
    public var description: String { Self.prefix + hex }

    /// The first twelve digits: what users see and type.
    public var short: String { String(hex.prefix(12)) }

    private static let prefix = "sha256:"

    /// Parses the text form.
    ///
    /// - Throws: ``ImageError/invalidDigest(_:)`` for anything else, other algorithms and upper case included.
    public init(_ text: String) throws(ImageError) {
        let digits = text.utf8.dropFirst(Self.prefix.utf8.count)
        let isHex = digits.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
        guard text.hasPrefix(Self.prefix), digits.count == 64, isHex else {
            throw .invalidDigest(String(text.prefix(100)))
        }
        hex = String(decoding: digits, as: UTF8.self)
    }

    /// The digest whose 32 bytes are `bytes`.
    package init(bytes: some Collection<UInt8>) {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        hex = String(decoding: text, as: UTF8.self)
    }

    /// Reads the text form.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
