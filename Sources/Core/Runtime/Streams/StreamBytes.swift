internal import Glibc

/// Reading and writing of streams that are somebody else's too, so that they may not be made non-blocking.
package enum StreamBytes {
    /// read(2) of up to one buffer; empty at the end, nil on failure, with errno set.
    package static func read(_ descriptor: Int32) -> [UInt8]? {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 32 << 10) { buffer, initialized in
            repeat {
                count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            } while count < 0 && errno == EINTR
            initialized = max(count, 0)
        }
        return count < 0 ? nil : bytes
    }

    /// write(2) of as much as goes at once; nil on failure, with errno set.
    package static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Int? {
        while true {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 { return count }
            if errno != EINTR { return nil }
        }
    }

    /// write(2) until all is written; false on failure, with errno set.
    package static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let count = write(rest, to: descriptor) else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
