internal import DriverKit
internal import Glibc
internal import SystemPackage

/// Writes a directory tree as an EROFS image.
///
/// mkfs.erofs is not used: that of Debian 12 (1.5) leaves out names that begin with "lost+found", cuts off the last byte
/// of the longest names, writes holes as zeros, and ends in a crash for paths beyond PATH_MAX.
struct ImageWriter: ~Copyable {
    /// Writes the tree at `source` into the file `image`.
    ///
    /// - Throws: an ``Explained`` error.
    static func write(_ source: FilePath, to image: FilePath, isDurable: Bool) throws {
        var visitor = Visitor(writer: Holder(try ImageWriter(image)))
        try TreeWalk.read(source, by: &visitor)
        try visitor.writer.value.finish(isDurable: isDurable)
    }

    private var file: ImageFile
    /// The directories from the root down to the one that is being written.
    private var open: [ImageDirectory] = []
    private var nodes: UInt32 = 0
    private var hasChunks = false
    /// Of files with several names: the node, and how many names it has so far.
    private var linked: [FileID: (node: UInt64, links: UInt32)] = [:]

    private static let block = Int64(ImageFormat.blockSize)
    /// Chunks of a sparse file are as small as this many allow.
    private static let mostChunks = 1 << 20

    private init(_ path: FilePath) throws { file = try ImageFile(path) }

    fileprivate mutating func enter(_ node: TreeNode, _ entries: [[UInt8]]) throws {
        let size = Int64(ImageDirectory.size(entries))
        let (number, blocks, rest) = try place(node, size: size, links: 2)
        if let above = open.indices.last { open[above].add(number, type: 2) }
        open.append(ImageDirectory(number, entries, above: open.last?.node, at: (blocks, rest)))
    }

    fileprivate mutating func leave() throws {
        let directory = open.removeLast()
        let bytes = directory.bytes
        let whole = bytes.count / Int(Self.block) * Int(Self.block)
        if whole > 0 { try file.write(bytes[..<whole], at: Int64(directory.place.blocks) * Self.block) }
        if whole < bytes.count { try file.write(bytes[whole...], at: directory.place.rest) }
        if directory.directories > 0 { try setLinks(2 + directory.directories, of: directory.node) }
    }

    fileprivate mutating func add(_ node: TreeNode, content: Int32?) throws {
        let last = open.indices.upperBound - 1
        let type = ImageFormat.type(of: node.mode)
        if node.links > 1, let known = linked[node.id] {
            open[last].add(known.node, type: type)
            linked[node.id] = (known.node, known.links + 1)
            return
        }
        let number: UInt64
        if let content {
            number = try write(node, content)
        } else if node.mode & S_IFMT == S_IFLNK {
            let (link, blocks, rest) = try place(node, size: Int64(node.target.count), links: 1)
            _ = blocks
            try file.write(node.target, at: rest)
            number = link
        } else {
            let isDevice = [S_IFCHR, S_IFBLK].contains(node.mode & S_IFMT)
            number = try put(
                node, .plain, size: 0,
                word: isDevice ? ImageFormat.device(major: node.device.major, minor: node.device.minor) : 0,
                links: 1
            ).number
        }
        open[last].add(number, type: type)
        if node.links > 1 { linked[node.id] = (number, 1) }
    }

    fileprivate mutating func finish(isDurable: Bool) throws {
        for (node, links) in linked.values where links > 1 { try setLinks(links, of: node) }
        let root = (ImageFormat.superblockOffset + ImageFormat.superblockSize) / ImageFormat.slotSize
        try file.finish(
            root: UInt16(root), nodes: UInt64(nodes), hasChunks: hasChunks, isDurable: isDurable)
    }

    private mutating func setLinks(_ links: UInt32, of node: UInt64) throws {
        var bytes = LittleEndian()
        bytes.put(links)
        try file.write(
            bytes.bytes, at: Int64(node) * Int64(ImageFormat.slotSize) + Int64(ImageFormat.linksOffset))
    }

    /// Writes a regular file.
    private mutating func write(_ node: TreeNode, _ content: Int32) throws -> UInt64 {
        let size = node.size.apparent
        // Fewer blocks than it needs may be compression too.
        if node.size.allocated < size,
            try SparseFile.nextData(of: content, from: 0, size: size) != 0..<size
        {
            return try writeChunks(node, content)
        }
        let (number, blocks, rest) = try place(node, size: size, links: 1)
        let whole = size / Self.block * Self.block
        if whole > 0 { try file.copy(0..<whole, of: content, to: Int64(blocks) * Self.block) }
        if whole < size { try file.write(file.read(whole..<size, of: content), at: rest) }
        return number
    }

    /// Writes a file with holes: what is one is not in the image.
    private mutating func writeChunks(_ node: TreeNode, _ content: Int32) throws -> UInt64 {
        let size = node.size.apparent
        var bits = Self.block.trailingZeroBitCount
        while (size - 1) >> bits >= Self.mostChunks { bits += 1 }
        var chunks = [UInt32](repeating: ImageFormat.hole, count: Int((size - 1) >> bits) + 1)
        var end: Int64 = 0
        while let data = try SparseFile.nextData(of: content, from: end, size: size) {
            end = data.upperBound
            var start = data.lowerBound
            while start < end {
                let index = Int(start >> bits)
                let chunk = Int64(index) << bits
                let next = min(end, chunk + 1 << bits)
                if chunks[index] == ImageFormat.hole {
                    let length = min(1 << bits, size - chunk)
                    chunks[index] = try file.allocate(blocks: (length + Self.block - 1) / Self.block)
                }
                try file.copy(
                    start..<next, of: content, to: Int64(chunks[index]) * Self.block + start - chunk)
                start = next
            }
        }
        hasChunks = true
        let place = try put(
            node, .chunks, size: size, word: UInt32(bits - Self.block.trailingZeroBitCount), links: 1,
            behind: 4 * chunks.count)
        try file.write(chunks.withUnsafeBytes { Array($0) }, at: place.end)
        return place.number
    }

    /// Puts a node with data of this size, that is yet to be written: where its whole blocks go, and where the rest.
    private mutating func place(
        _ node: TreeNode, size: Int64, links: UInt32
    ) throws -> (number: UInt64, blocks: UInt32, rest: Int64) {
        let attributes = try ImageFormat.attributes(node.attributes)
        let head = ImageFormat.inodeSize + attributes.count
        let (whole, rest) = (size / Self.block, Int(size % Self.block))
        let (offset, holdsRest) = try file.place(head: head, rest: rest)
        let count = whole + (rest > 0 && !holdsRest ? 1 : 0)
        let blocks = count == 0 ? ImageFormat.hole : try file.allocate(blocks: count)
        try write(
            node, holdsRest ? .inline : .plain, size: size, word: blocks, links: links, attributes, at: offset
        )
        return (
            UInt64(offset) / UInt64(ImageFormat.slotSize), blocks,
            holdsRest ? offset + Int64(head) : (Int64(blocks) + whole) * Self.block
        )
    }

    /// Puts a node, so many bytes behind it.
    private mutating func put(
        _ node: TreeNode, _ layout: ImageFormat.Layout, size: Int64, word: UInt32, links: UInt32,
        behind: Int = 0
    ) throws -> (number: UInt64, end: Int64) {
        let attributes = try ImageFormat.attributes(node.attributes)
        let head = ImageFormat.inodeSize + attributes.count
        let offset = try file.place(head: head + behind, rest: 0).offset
        try write(node, layout, size: size, word: word, links: links, attributes, at: offset)
        return (UInt64(offset) / UInt64(ImageFormat.slotSize), offset + Int64(head))
    }

    private mutating func write(
        _ node: TreeNode, _ layout: ImageFormat.Layout, size: Int64, word: UInt32, links: UInt32,
        _ attributes: [UInt8], at offset: Int64
    ) throws {
        nodes += 1
        let inode = ImageFormat.inode(
            node, layout, size: UInt64(size), word: word, attributes: attributes.count, number: nodes,
            links: links)
        try file.write(inode + attributes, at: offset)
    }
}

/// A writer that a visitor, which is copied, has.
private final class Holder {
    var value: ImageWriter

    init(_ value: consuming ImageWriter) { self.value = value }
}

private struct Visitor: TreeVisitor {
    let writer: Holder

    mutating func enter(_ node: TreeNode, entries: [[UInt8]]) throws { try writer.value.enter(node, entries) }
    mutating func add(_ node: TreeNode, content: Int32?) throws {
        try writer.value.add(node, content: content)
    }
    mutating func leave() throws { try writer.value.leave() }
}
