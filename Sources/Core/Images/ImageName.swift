internal import Host
public import Layers

/// The name of an image: a repository and a tag.
///
/// The grammar is the one of docker and OCI references (distribution/reference): `[HOST[:PORT]/]PATH[:TAG]`.
/// Nothing is added but the default tag: `busybox` means `busybox:latest` and not an image of some registry.
public struct ImageName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Everything before the tag: "busybox", "reg.example:5000/a/b".
    public let repository: String
    /// The tag: "latest".
    public let tag: String

    /// The full name: "busybox:latest".
    ///
    /// What the store writes into `org.opencontainers.image.ref.name`.
    public var description: String { "\(repository):\(tag)" }

    /// Parses a name as users write it.
    ///
    /// - Throws: ``ImageError/invalidName(_:reason:)``.
    public init(_ text: String) throws(ImageError) {
        func refused(_ reason: String) -> ImageError {
            .invalidName(String(text.prefix(300)), reason: reason)
        }
        if text.isEmpty { throw refused("it is empty") }
        if text.utf8.contains(UInt8(ascii: "@")) {
            throw refused("names with a digest (@) are not supported, use a tag")
        }
        let lastComponent = text.utf8.lastIndex(of: UInt8(ascii: "/")) ?? text.startIndex
        let colon = text.utf8[lastComponent...].lastIndex(of: UInt8(ascii: ":"))
        repository = String(text[..<(colon ?? text.endIndex)])
        tag = colon.map { String(text[text.utf8.index(after: $0)...]) } ?? "latest"

        guard Self.isTag(tag) else {
            throw refused("a tag is up to 128 of A-Z a-z 0-9 _ . - and starts with none of the last two")
        }
        if repository.utf8.count > 255 { throw refused("it has more than 255 characters") }
        var path = repository.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if path.count > 1, Self.looksLikeHost(path[0]) {
            guard Self.isHost(path.removeFirst()) else {
                throw refused("its registry is no HOST or HOST:PORT")
            }
        }
        guard path.allSatisfy(Self.isPathComponent) else {
            throw refused("between its slashes are a-z 0-9, and single . _ or __ or - between them")
        }
        if path.count == 1, repository.utf8.count == 64, repository.utf8.allSatisfy(\.isLowercaseHex) {
            throw refused("64 hexadecimal digits are an image's identifier")
        }
        if Self.digestAlgorithms.contains(repository) {
            throw refused("it reads as a digest: \(repository): goes before an image's identifier")
        }
    }

    /// The order of the repositories, and then of the tags.
    public static func < (left: ImageName, right: ImageName) -> Bool {
        (left.repository, left.tag) < (right.repository, right.tag)
    }

    /// The algorithms that digests are named by (OCI image specification, "Digests").
    private static let digestAlgorithms = ["sha256", "sha384", "sha512", "blake3"]

    private typealias Part = Substring.UTF8View.SubSequence

    private static func isTag(_ tag: String) -> Bool {
        guard let first = tag.utf8.first, tag.utf8.count <= 128 else { return false }
        let isWord = { (byte: UInt8) in byte.isASCIIAlphanumeric || byte == UInt8(ascii: "_") }
        return isWord(first)
            && tag.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }

    /// As docker decides it: `localhost`, or something that no path component could be.
    private static func looksLikeHost(_ part: Part) -> Bool {
        part.contains(UInt8(ascii: ".")) || part.contains(UInt8(ascii: ":"))
            || part.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
            || part.elementsEqual("localhost".utf8)
    }

    private static func isHost(_ part: Part) -> Bool {
        var host = part
        if host.first == UInt8(ascii: "[") {
            guard let end = host.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let address = host[host.index(after: host.startIndex)..<end]
            let isAddress = !address.isEmpty && address.allSatisfy { $0.isHex || $0 == UInt8(ascii: ":") }
            let rest = host[host.index(after: end)...]
            return isAddress
                && (rest.isEmpty || (rest.first == UInt8(ascii: ":") && isPort(rest.dropFirst())))
        }
        if let colon = host.firstIndex(of: UInt8(ascii: ":")) {
            guard isPort(host[host.index(after: colon)...]) else { return false }
            host = host[..<colon]
        }
        return host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy {
            label in
            !label.isEmpty && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                && label.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isPort(_ part: Part) -> Bool {
        part.allSatisfy(\.isASCIIDigit) && UInt16(String(decoding: part, as: UTF8.self)) != nil
    }

    /// Runs of a-z0-9 with one separator between two: `.`, `_`, `__`, or any number of `-`.
    private static func isPathComponent(_ part: Part) -> Bool {
        var separator: [UInt8] = []
        var afterText = false
        for byte in part {
            if byte.isASCIIDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) {
                guard separator.isEmpty || (afterText && isSeparator(separator)) else { return false }
                separator = []
                afterText = true
            } else {
                separator.append(byte)
            }
        }
        return afterText && separator.isEmpty
    }

    private static func isSeparator(_ bytes: [UInt8]) -> Bool {
        bytes.elementsEqual(".".utf8) || bytes.elementsEqual("_".utf8) || bytes.elementsEqual("__".utf8)
            || bytes.allSatisfy { $0 == UInt8(ascii: "-") }
    }
}
