import Glibc
import Synchronization
import Testing

/// A disk that remembers every write and flush, in their order: a single file that this process serves through FUSE,
/// for a loop device to be on.
///
/// One request after the other, so that what was answered before a flush came is what that flush makes durable. The
/// protocol is that of fuse(4) and linux/fuse.h, version 7.31.
final class RecordingDisk: Sendable {
    /// What the disk was asked to do.
    enum Entry {
        case write(offset: Int, [UInt8])
        case flush
    }

    /// The descriptor that mount(8) is given as `fd=`.
    let descriptor: Int32
    private let image: Int32
    private let size: Int
    private let log = Mutex<[Entry]>([])

    private static let maximumWrite = 1 << 20
    private static let headerSize = 40

    /// Serves the file at `path`.
    init(_ path: String, size: Int) throws {
        image = open(path, O_RDWR | O_CLOEXEC)
        descriptor = open("/dev/fuse", O_RDWR | O_CLOEXEC)
        self.size = size
        try #require(image >= 0 && descriptor >= 0, "\(path), /dev/fuse: \(String(cString: strerror(errno)))")
    }

    deinit {
        close(image)
        close(descriptor)
    }

    /// Everything so far.
    var entries: [Entry] { log.withLock { $0 } }

    /// Answers from when the file is mounted until it is unmounted.
    func serve() {
        var buffer = [UInt8](repeating: 0, count: Self.maximumWrite + (1 << 12))
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && (errno == EINTR || errno == ENOENT) { continue }
            guard count >= Self.headerSize else { return }
            buffer.withUnsafeBytes { answer(Request(bytes: UnsafeRawBufferPointer(rebasing: $0[..<count]))) }
        }
    }

    /// A request; numbers in it are the machine's own.
    private struct Request {
        let bytes: UnsafeRawBufferPointer
        var code: UInt32 { bytes.load(fromByteOffset: 4, as: UInt32.self) }
        var identifier: UInt64 { bytes.load(fromByteOffset: 8, as: UInt64.self) }

        /// A number behind the header.
        func number<Number: FixedWidthInteger>(_ type: Number.Type, at offset: Int) -> Number {
            bytes.loadUnaligned(fromByteOffset: RecordingDisk.headerSize + offset, as: type)
        }
    }

    private func answer(_ request: Request) {
        switch request.code {
        case 26:
            // INIT: version 7.31, read-ahead, flags (big writes; max_pages is set), background; longest write, granularity
            let pages = UInt32(Self.maximumWrite >> 12)
            let words: [UInt32] = [7, 31, 0, 1 << 5 | 1 << 22, 0, UInt32(Self.maximumWrite), 1, pages]
            reply(to: request, .numbers(words + [UInt32](repeating: 0, count: 8)))
        case 3:  // GETATTR: valid for no time; the inode, size, blocks, times, mode, links, owner, block size
            let words: [UInt64] = [0, 0, 1, UInt64(size), UInt64(size / 512), 0, 0, 0]
            reply(to: request, .words(words, then: [0, 0, 0, S_IFREG | 0o600, 1, 0, 0, 0, 4096, 0]))
        case 14: reply(to: request, .words([0], then: [1, 0]))  // OPEN: FOPEN_DIRECT_IO
        case 15: read(request)
        case 16: write(request)
        case 20:  // FSYNC
            log.withLock { $0.append(.flush) }
            reply(to: request)
        case 18, 25: reply(to: request)  // RELEASE, FLUSH of a descriptor that is closed
        case 2, 36, 42: break  // FORGET, INTERRUPT and BATCH_FORGET want no answer
        default: reply(to: request, error: ENOSYS)
        }
    }

    private func read(_ request: Request) {
        var data = [UInt8](repeating: 0, count: Int(request.number(UInt32.self, at: 16)))
        let count = pread(image, &data, data.count, off_t(request.number(UInt64.self, at: 8)))
        if count < 0 { return reply(to: request, error: errno) }
        reply(to: request, Array(data[..<count]))
    }

    private func write(_ request: Request) {
        let offset = Int(request.number(UInt64.self, at: 8))
        let data = [UInt8](request.bytes[(Self.headerSize + 40)...])
        if pwrite(image, data, data.count, off_t(offset)) != data.count {
            return reply(to: request, error: EIO)
        }
        log.withLock { $0.append(.write(offset: offset, data)) }
        reply(to: request, .numbers([UInt32(data.count), 0]))
    }

    private func reply(to request: Request, error: Int32 = 0, _ body: [UInt8] = []) {
        let header = [UInt8].words([request.identifier])
        let message = .numbers([UInt32(16 + body.count), UInt32(bitPattern: -error)]) + header + body
        _ = Glibc.write(descriptor, message, message.count)
    }
}

extension [UInt8] {
    fileprivate static func numbers(_ numbers: [UInt32]) -> Self { numbers.withUnsafeBytes(Self.init) }

    fileprivate static func words(_ words: [UInt64], then numbers: [UInt32] = []) -> Self {
        words.withUnsafeBytes(Self.init) + .numbers(numbers)
    }
}
