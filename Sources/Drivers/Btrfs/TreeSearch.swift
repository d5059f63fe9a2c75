internal import CLinux
internal import DriverKit
internal import SystemPackage

/// Reads items of the trees that btrfs keeps everything in (BTRFS_IOC_TREE_SEARCH_V2).
struct TreeSearch: ~Copyable {
    /// A tree by its number.
    enum Tree: UInt64 {
        /// Of the subvolume that is open.
        case own = 0
        /// Of all subvolumes.
        case roots = 1
        /// Of all quota groups.
        case quotas = 8
    }

    /// What an item is (BTRFS_*_KEY).
    enum Kind {
        static let inode: UInt32 = 1
        static let inodeReference: UInt32 = 12
        static let inodeExtraReference: UInt32 = 13
        static let attribute: UInt32 = 24
        static let directoryEntry: UInt32 = 84
        static let directoryIndex: UInt32 = 96
        static let extent: UInt32 = 108
        static let root: UInt32 = 132
        static let rootReference: UInt32 = 156
        static let quotaStatus: UInt32 = 240
        static let quotaCount: UInt32 = 242
    }

    /// One item, valid as long as it is looked at.
    struct Item {
        let object: UInt64
        let kind: UInt32
        let offset: UInt64
        let content: UnsafeRawBufferPointer

        /// Little-endian, as on disk; 0 beyond its end.
        func integer<Value: FixedWidthInteger>(at place: Int) -> Value {
            guard place + MemoryLayout<Value>.size <= content.count else { return 0 }
            return Value(littleEndian: content.loadUnaligned(fromByteOffset: place, as: Value.self))
        }

        func bytes(at place: Int, count: Int) -> [UInt8] {
            guard place <= content.count else { return [] }
            return Array(content[place..<min(place + count, content.count)])
        }
    }

    typealias Key = (object: UInt64, kind: UInt32, offset: UInt64)

    private let file: Int32
    private let path: FilePath
    private let buffer: UnsafeMutableRawBufferPointer

    /// A search on the file system of an open directory.
    init(_ file: Int32, _ path: FilePath) {
        self.file = file
        self.path = path
        // The largest item fits: it is smaller than a node of a tree, of 64 KiB at most.
        buffer = .allocate(byteCount: 192 << 10, alignment: 16)
    }

    deinit { buffer.deallocate() }

    /// Calls `body` with the items between two keys, in their order.
    ///
    /// - Parameter since: leaves that were written last before this transaction are passed over; all items of the others are
    ///   shown, whether they are new or not.
    func run(
        _ tree: Tree, from: Key, through: Key, since: UInt64 = 0,
        _ body: (Item) throws(SystemCallError) -> Void
    ) throws(SystemCallError) {
        var next: Key? = from
        while let key = next {
            let count = try callBtrfs("search the trees of", path) {
                clx_btrfs_search(
                    file, tree.rawValue,
                    clx_btrfs_key(object: key.object, offset: key.offset, type: key.kind),
                    clx_btrfs_key(object: through.object, offset: through.offset, type: through.kind), since,
                    buffer.baseAddress, buffer.count)
            }
            if count == 0 { return }
            next = nil
            var place = clx_btrfs_items_offset()
            for _ in 0..<count {
                let header = buffer.loadUnaligned(fromByteOffset: place, as: clx_btrfs_item.self)
                let content = place + MemoryLayout<clx_btrfs_item>.size
                place = content + Int(header.length)
                next = Self.key(after: (header.object, header.type, header.offset))
                try body(
                    Item(
                        object: header.object, kind: header.type, offset: header.offset,
                        content: UnsafeRawBufferPointer(rebasing: buffer[content..<place])))
            }
        }
    }

    private static func key(after key: Key) -> Key? {
        if key.offset < .max { return (key.object, key.kind, key.offset + 1) }
        if key.kind < 255 { return (key.object, key.kind + 1, 0) }
        return key.object < .max ? (key.object + 1, 0, 0) : nil
    }
}
