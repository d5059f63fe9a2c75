internal import Host

/// A place inside a layer, as a relative path without `.`, `..` or empty components; empty for the root.
package struct LayerPath: Hashable {
    package let bytes: [UInt8]
    private let nameStart: Int

    package static let slash = UInt8(ascii: "/")

    /// The place that an archive's name means: absolute names are taken relative to the layer's root.
    ///
    /// - Returns: nil for a name with `..`.
    package init?(relative name: [UInt8]) {
        var result: [UInt8] = []
        result.reserveCapacity(name.count)
        var start = 0
        for part in name.split(separator: Self.slash) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8) { return nil }
            if !result.isEmpty { result.append(Self.slash) }
            start = result.count
            result += part
        }
        bytes = result
        nameStart = start
    }

    /// The root of a layer.
    package static let root = LayerPath(bytes: [], nameStart: 0)

    /// The place of these components, none of which is empty, `.` or `..`.
    package init(components: [[UInt8]]) {
        bytes = Array(components.joined(separator: [Self.slash]))
        nameStart = bytes.count - (components.last?.count ?? 0)
    }

    private init(bytes: [UInt8], nameStart: Int) {
        self.bytes = bytes
        self.nameStart = nameStart
    }

    package var isRoot: Bool { bytes.isEmpty }

    /// The last component.
    package var name: ArraySlice<UInt8> { bytes[nameStart...] }

    /// The directory that it is in; the root's is the root.
    package var parent: LayerPath {
        let bytes = Array(bytes[..<max(nameStart - 1, 0)])
        return LayerPath(bytes: bytes, nameStart: bytes.lastIndex(of: Self.slash).map { $0 + 1 } ?? 0)
    }

    /// True if `directory` is where it lies; without making the parent's path.
    package func isChild(of directory: LayerPath) -> Bool {
        directory.bytes.count == max(nameStart - 1, 0) && bytes.starts(with: directory.bytes)
    }

    package var components: [ArraySlice<UInt8>] { bytes.split(separator: Self.slash) }

    package func appending(_ name: some Collection<UInt8>) -> LayerPath {
        let prefix = isRoot ? [] : bytes + [Self.slash]
        return LayerPath(bytes: prefix + name, nameStart: prefix.count)
    }

    package var displayName: String { isRoot ? "/" : String(fileName: bytes) }
}

extension Collection<UInt8> {
    /// Calls `body` with the bytes as a C string; they hold no NUL.
    package func withFileName<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        var bytes: [CChar] = []
        bytes.reserveCapacity(count + 1)
        for byte in self { bytes.append(CChar(bitPattern: byte)) }
        bytes.append(0)
        return body(bytes)
    }
}
