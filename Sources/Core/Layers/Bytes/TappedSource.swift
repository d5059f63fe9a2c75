/// A source that shows every byte that passes to somebody else: a hasher, a copy.
package final class TappedSource: ByteSource {
    private let source: any ByteSource
    private let tap: (UnsafeRawBufferPointer) throws -> Void

    package init(_ source: any ByteSource, tap: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.source = source
        self.tap = tap
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = try source.read(into: buffer)
        try tap(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        return count
    }
}
