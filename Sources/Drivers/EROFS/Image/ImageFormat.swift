internal import DriverKit
internal import Glibc

/// The form of an EROFS image (fs/erofs/erofs_fs.h in the kernel): the part of it that is written here, which Linux 5.15
/// reads, and without sparse files 5.4.
enum ImageFormat {
    static let blockSize = 4096
    /// Where the superblock is, and how long.
    static let superblockOffset = 1024
    static let superblockSize = 128
    /// What a node's number counts in.
    static let slotSize = 32
    /// Of an extended inode: the other kind has no times.
    static let inodeSize = 64
    static let linksOffset = 44
    /// The address of a hole.
    static let hole = UInt32.max
    /// The largest sum of a node's attributes: their number of words has 16 bits.
    static let attributesLimit = 12 + 4 * (Int(UInt16.max) - 1)

    /// How a node's data lies (EROFS_INODE_FLAT_PLAIN and so on).
    enum Layout: UInt16 {
        /// In blocks one after the other.
        case plain = 0
        /// The same, and what does not fill a block follows the inode.
        case inline = 2
        /// In chunks, each anywhere or nowhere, whose addresses follow the inode.
        case chunks = 4
    }

    /// EROFS_FT_REG_FILE and so on.
    static func type(of mode: UInt32) -> UInt8 {
        switch mode & S_IFMT {
        case S_IFREG: 1
        case S_IFDIR: 2
        case S_IFCHR: 3
        case S_IFBLK: 4
        case S_IFIFO: 5
        case S_IFSOCK: 6
        default: 7
        }
    }

    /// new_encode_dev of linux/kdev_t.h.
    static func device(major: UInt32, minor: UInt32) -> UInt32 {
        minor & 0xFF | major << 8 | (minor & ~0xFF) << 12
    }

    /// The superblock, yet without a checksum.
    static func superblock(root: UInt16, nodes: UInt64, blocks: UInt32, hasChunks: Bool) -> [UInt8] {
        var bytes = LittleEndian()
        bytes.put(UInt32(0xE0F5_E1E2))
        bytes.put(UInt32(0))
        // EROFS_FEATURE_COMPAT_SB_CHKSUM and _MTIME.
        bytes.put(UInt32(3))
        bytes.put(UInt8(12))
        bytes.put(UInt8(0))
        bytes.put(root)
        bytes.put(nodes)
        // No time of building, no identifier: the same tree is the same image.
        bytes.put(UInt64(0))
        bytes.put(UInt32(0))
        bytes.put(blocks)
        // Nodes are counted from the beginning; there are no shared attributes.
        bytes.put(UInt32(0))
        bytes.put(UInt32(0))
        bytes.pad(to: 80)
        // EROFS_FEATURE_INCOMPAT_CHUNKED_FILE.
        bytes.put(UInt32(hasChunks ? 4 : 0))
        bytes.pad(to: superblockSize)
        return bytes.bytes
    }

    /// The checksum's place in the superblock.
    static let checksumOffset = 4

    /// crc32c as the kernel's crc32c() has it, from ~0 and not inverted at the end.
    static func checksum(of bytes: some Sequence<UInt8>) -> UInt32 {
        var value = UInt32.max
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value >> 1 ^ (value & 1 == 1 ? 0x82F6_3B78 : 0) }
        }
        return value
    }

    /// An extended inode.
    ///
    /// - Parameter word: by layout the first block, a device number, or the form of the chunks.
    static func inode(
        _ node: TreeNode, _ layout: Layout, size: UInt64, word: UInt32, attributes: Int, number: UInt32,
        links: UInt32
    ) -> [UInt8] {
        var bytes = LittleEndian()
        bytes.put(1 | layout.rawValue << 1)
        bytes.put(UInt16(attributes == 0 ? 0 : (attributes - 12) / 4 + 1))
        bytes.put(UInt16(truncatingIfNeeded: node.mode))
        bytes.put(UInt16(0))
        bytes.put(size)
        bytes.put(word)
        bytes.put(number)
        bytes.put(node.owner.user)
        bytes.put(node.owner.group)
        bytes.put(UInt64(bitPattern: node.modified.seconds))
        bytes.put(node.modified.nanoseconds)
        bytes.put(links)
        bytes.pad(to: inodeSize)
        return bytes.bytes
    }

    /// A node's attributes; empty if there are none.
    ///
    /// - Throws: ``ImageProblem/attributesTooLarge``.
    static func attributes(_ list: [(name: String, value: [UInt8])]) throws(ImageProblem) -> [UInt8] {
        if list.isEmpty { return [] }
        var bytes = LittleEndian()
        bytes.pad(to: 12)
        for (name, value) in list {
            guard let prefix = prefixes.first(where: { name.hasPrefix($0.text) }) else { continue }
            let rest = Array(name.utf8.dropFirst(prefix.text.utf8.count))
            guard value.count <= UInt16.max, rest.count <= UInt8.max else { throw .attributesTooLarge }
            bytes.put(UInt8(rest.count))
            bytes.put(prefix.index)
            bytes.put(UInt16(value.count))
            bytes.bytes += rest + value
            bytes.pad(to: (bytes.bytes.count + 3) & ~3)
        }
        guard bytes.bytes.count <= attributesLimit else { throw .attributesTooLarge }
        return bytes.bytes.count == 12 ? [] : bytes.bytes
    }

    /// EROFS_XATTR_INDEX_USER and so on.
    private static let prefixes: [(text: String, index: UInt8)] = [
        ("user.", 1), ("system.posix_acl_access", 2), ("system.posix_acl_default", 3), ("trusted.", 4),
        ("security.", 6),
    ]
}

/// Bytes that grow by numbers, the lowest byte first.
struct LittleEndian {
    var bytes: [UInt8] = []

    mutating func put(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    /// Zeros up to a length.
    mutating func pad(to length: Int) {
        if bytes.count < length { bytes += [UInt8](repeating: 0, count: length - bytes.count) }
    }
}
