internal import DriverKit
internal import Glibc
internal import SystemPackage

/// The file that an image is written to: blocks of data, and between them zones of metadata, which are written when they
/// are full.
struct ImageFile: ~Copyable {
    private let file: Descriptor
    private let path: FilePath
    /// The first block that is free.
    private(set) var blocks: UInt32
    private var zone: [UInt8]
    private var zoneStart: Int64 = 0
    private var zoneUsed: Int
    private let buffer: UnsafeMutableRawBufferPointer

    private static let block = ImageFormat.blockSize
    /// A zone is as large as the one before and twice that: small images stay small.
    private static let largestZone = 64 * block

    /// Makes the file, in the place of one that was not completed.
    init(_ path: FilePath) throws(SystemCallError) {
        self.path = path
        file = try Descriptor(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
        zone = [UInt8](repeating: 0, count: Self.block)
        zoneUsed = ImageFormat.superblockOffset + ImageFormat.superblockSize
        blocks = 1
        buffer = .allocate(byteCount: 1 << 20, alignment: Self.block)
    }

    deinit { buffer.deallocate() }

    /// The first of `count` blocks one after the other.
    ///
    /// - Throws: ``ImageProblem/tooLarge``.
    mutating func allocate(blocks count: Int64) throws(ImageProblem) -> UInt32 {
        let first = blocks
        guard count < Int64(ImageFormat.hole) - Int64(first) else { throw .tooLarge }
        blocks += UInt32(count)
        return first
    }

    /// Where `head` bytes of metadata go, `rest` bytes of data behind them.
    ///
    /// - Returns: whether the data is to go there: it has to be in one block, and what would have to stay empty for that
    ///   must not be more than what a block of its own wastes.
    mutating func place(head: Int, rest: Int) throws -> (offset: Int64, holdsRest: Bool) {
        var used = (zoneUsed + ImageFormat.slotSize - 1) & ~(ImageFormat.slotSize - 1)
        var holdsRest = rest > 0
        if rest > 0, (used + head) % Self.block + rest > Self.block {
            let padding = Self.block - used % Self.block
            if padding <= Self.block - rest, head % Self.block + rest <= Self.block {
                used += padding
            } else {
                holdsRest = false
            }
        }
        let size = head + (holdsRest ? rest : 0)
        if used + size > zone.count {
            try flush()
            let usual = min(Self.largestZone, 2 * zone.count)
            // Head and rest may begin with a whole block, because it is the beginning of one.
            holdsRest = rest > 0 && head % Self.block + rest <= Self.block
            let needed = (head + rest + Self.block - 1) / Self.block * Self.block
            let length = max(usual, needed)
            zoneStart = Int64(try allocate(blocks: Int64(length / Self.block))) * Int64(Self.block)
            zone = [UInt8](repeating: 0, count: length)
            used = 0
        }
        zoneUsed = used + head + (holdsRest ? rest : 0)
        return (zoneStart + Int64(used), holdsRest)
    }

    /// Writes bytes of metadata or data.
    mutating func write(_ bytes: some Collection<UInt8>, at offset: Int64) throws(SystemCallError) {
        if offset >= zoneStart, offset < zoneStart + Int64(zone.count) {
            let place = Int(offset - zoneStart)
            zone.replaceSubrange(place..<place + bytes.count, with: bytes)
        } else {
            try write(Array(bytes), offset)
        }
    }

    /// Copies a part of an open file.
    ///
    /// - Throws: ``SystemCallError``; EIO if the file has become shorter.
    mutating func copy(_ range: Range<Int64>, of source: Int32, to offset: Int64) throws(SystemCallError) {
        var (from, to) = (range.lowerBound, offset)
        while from < range.upperBound {
            let wanted = min(buffer.count, Int(range.upperBound - from))
            let count = try Self.call("read", path) {
                pread(source, self.buffer.baseAddress, wanted, off_t(from))
            }
            guard count > 0 else {
                throw SystemCallError("read a file that is being changed into", path, errno: .ioError)
            }
            try write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to)
            from += Int64(count)
            to += Int64(count)
        }
    }

    /// The first bytes of an open file, or some further on.
    func read(_ range: Range<Int64>, of source: Int32) throws(SystemCallError) -> [UInt8] {
        var failure: SystemCallError?
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { room, done in
            while done < range.count {
                let count = pread(
                    source, room.baseAddress.map { $0 + done }, range.count - done,
                    off_t(range.lowerBound) + done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    failure = SystemCallError("read", errno: count < 0 ? .current : .ioError)
                    return
                }
                done += count
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Completes the image with its superblock.
    ///
    /// - Parameter isDurable: whether it has to be on the disk then.
    mutating func finish(root: UInt16, nodes: UInt64, hasChunks: Bool, isDurable: Bool)
        throws(SystemCallError)
    {
        // Of the last zone no more than what is used, if nothing follows it.
        let end = zoneStart + Int64(zone.count)
        if end == Int64(blocks) * Int64(Self.block) {
            let used = (zoneUsed + Self.block - 1) / Self.block * Self.block
            blocks -= UInt32((zone.count - used) / Self.block)
            zone.removeLast(zone.count - used)
        }
        try flush()
        let superblock = ImageFormat.superblock(
            root: root, nodes: nodes, blocks: blocks, hasChunks: hasChunks)
        try write(superblock, Int64(ImageFormat.superblockOffset))
        let first = try read(Int64(ImageFormat.superblockOffset)..<Int64(Self.block), of: file.rawValue)
        var checksum = LittleEndian()
        checksum.put(ImageFormat.checksum(of: first))
        try write(checksum.bytes, Int64(ImageFormat.superblockOffset + ImageFormat.checksumOffset))
        let (number, size) = (file.rawValue, off_t(blocks) * off_t(Self.block))
        try Self.call("ftruncate", path) { ftruncate(number, size) }
        if isDurable { try Self.call("fsync", path) { fsync(number) } }
    }

    private mutating func flush() throws(SystemCallError) { try write(zone, zoneStart) }

    private func write(_ bytes: [UInt8], _ offset: Int64) throws(SystemCallError) {
        var failure: SystemCallError?
        bytes.withUnsafeBytes { bytes in
            do throws(SystemCallError) { try write(bytes, offset) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private func write(_ bytes: UnsafeRawBufferPointer, _ offset: Int64) throws(SystemCallError) {
        var done = 0
        let number = file.rawValue
        while done < bytes.count {
            done += try Self.call("write", path) {
                pwrite(number, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset) + done)
            }
        }
    }

    @discardableResult
    private static func call<Result: FixedWidthInteger>(
        _ name: String, _ path: FilePath, _ body: () -> Result
    ) throws(SystemCallError) -> Result {
        while true {
            let result = body()
            if result != -1 { return result }
            if errno != EINTR { throw SystemCallError(name, path) }
        }
    }
}
