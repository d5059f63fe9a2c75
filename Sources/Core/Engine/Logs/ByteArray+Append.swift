extension [UInt8] {
    @inline(__always)
    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }

    /// A copy of the memory; as a sequence it would be taken byte by byte.
    @inline(__always)
    mutating func append(contentsOf bytes: Slice<UnsafeRawBufferPointer>) {
        append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes))
    }
}
