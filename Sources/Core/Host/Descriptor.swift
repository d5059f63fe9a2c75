internal import CLinux
internal import Glibc
public import SystemPackage

/// An open file descriptor that is closed when its owner lets go of it; always O_CLOEXEC.
public struct Descriptor: ~Copyable, Sendable {
    /// The number, valid as long as this value lives.
    public let rawValue: Int32

    /// Takes over `rawValue`: nobody else closes it from now on.
    public init(owning rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// Opens `path` (openat(2)), relative to `directory` if one is given.
    ///
    /// - Throws: ``SystemCallError``.
    public init(
        _ path: FilePath, _ flags: Int32, mode: UInt32 = 0, at directory: Int32? = nil
    ) throws(SystemCallError) {
        rawValue = try systemCall("open", path) {
            clx_openat(directory ?? AT_FDCWD, $0, flags | O_CLOEXEC, mode)
        }
    }

    deinit {
        close(rawValue)
    }

    /// Gives the number away: the caller closes it from now on.
    public consuming func take() -> Int32 {
        let number = rawValue
        discard self
        return number
    }

    /// swift-system's view of it; borrowed, so do not close it.
    public var file: FileDescriptor { FileDescriptor(rawValue: rawValue) }
}

/// Two connected descriptors, closed with their owner.
package struct DescriptorPair: ~Copyable {
    /// The end that is read from; of a socket pair, the parent's end.
    package let first: Descriptor
    /// The end that is written to; of a socket pair, the child's end.
    package let second: Descriptor

    /// pipe2(2) with O_CLOEXEC: what is written to `second` is read from `first`.
    package static func pipe() throws(SystemCallError) -> DescriptorPair {
        try open("pipe2") { clx_pipe2($0, O_CLOEXEC) }
    }

    /// socketpair(2): UNIX stream sockets with SOCK_CLOEXEC.
    package static func sockets() throws(SystemCallError) -> DescriptorPair {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        return try open("socketpair") { socketpair(AF_UNIX, type, 0, $0) }
    }

    private static func open(
        _ call: String, _ make: (UnsafeMutablePointer<Int32>?) -> Int32
    ) throws(SystemCallError) -> DescriptorPair {
        var ends: [Int32] = [-1, -1]
        let result = ends.withUnsafeMutableBufferPointer { make($0.baseAddress) }
        guard result == 0 else { throw SystemCallError(call) }
        return DescriptorPair(first: Descriptor(owning: ends[0]), second: Descriptor(owning: ends[1]))
    }

    /// Gives both numbers away, `first` and `second`: the caller closes them from now on.
    package consuming func takeBoth() -> (Int32, Int32) { (first.take(), second.take()) }

    /// Closes `second` and returns `first`.
    package consuming func onlyFirst() -> Descriptor { first }

    /// Closes `first` and returns `second`.
    package consuming func onlySecond() -> Descriptor { second }
}
