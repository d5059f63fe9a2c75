internal import CNettle

/// A running SHA-256, by nettle (which uses the processor's own instructions where there are any).
public struct SHA256Hasher {
    private var context = sha256_ctx()

    /// A digest of nothing yet.
    public init() {
        nettle_sha256_init(&context)
    }

    /// Adds `bytes`.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        nettle_sha256_update(&context, bytes.count, base.assumingMemoryBound(to: UInt8.self))
    }

    /// The digest of everything added, after which the value starts anew.
    public mutating func finish() -> Digest {
        var bytes = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_SIZE))
        nettle_sha256_digest(&context, bytes.count, &bytes)
        return Digest(bytes: bytes)
    }

    /// The digest of `bytes`.
    public static func digest(of bytes: some Sequence<UInt8>) -> Digest {
        var hasher = SHA256Hasher()
        Array(bytes).withUnsafeBytes { hasher.update($0) }
        return hasher.finish()
    }
}

extension SHA256Hasher {
    /// The digest of everything that `source` has.
    package static func digest(ofAll source: any ByteSource) throws -> Digest {
        var hasher = SHA256Hasher()
        try source.forEachPiece { hasher.update($0) }
        return hasher.finish()
    }
}
