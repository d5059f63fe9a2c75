internal import SystemPackage

/// A name in a directory, byte for byte: the kernel forbids only `/` and zero in it, so it need not be UTF-8.
package struct EntryName: Hashable {
    /// The bytes with a zero at the end, as C calls take them.
    package let bytes: [CChar]

    package init(_ bytes: some Collection<CChar>) {
        self.bytes = bytes + [0]
    }

    init(_ component: FilePath.Component) {
        bytes = component.withPlatformString { name in
            var length = 0
            while name[length] != 0 { length += 1 }
            return Array(UnsafeBufferPointer(start: name, count: length + 1))
        }
    }
}

extension FilePath {
    /// The path through `names`, first to last.
    init(names: [EntryName]) {
        let slash = CChar(bitPattern: UInt8(ascii: "/"))
        let joined = names.map { $0.bytes.dropLast() }.joined(separator: [slash])
        self = (Array(joined) + [0]).withUnsafeBufferPointer {
            FilePath(platformString: $0.baseAddress.unsafelyUnwrapped)
        }
    }
}
