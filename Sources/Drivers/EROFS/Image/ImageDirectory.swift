/// A directory of an image, whose entries' nodes become known one after the other.
struct ImageDirectory {
    private struct Entry {
        let name: [UInt8]
        var node: UInt64 = 0
        var type: UInt8 = 2
    }

    /// The number of its own node.
    let node: UInt64
    /// Where its whole blocks are, and where the rest.
    let place: (blocks: UInt32, rest: Int64)
    private var entries: [Entry]
    private var next = 0
    private(set) var directories: UInt32 = 0

    /// How much room each entry takes besides its name.
    private static let entrySize = 12

    /// - Parameter names: sorted.
    init(_ node: UInt64, _ names: [[UInt8]], above: UInt64?, at place: (blocks: UInt32, rest: Int64)) {
        self.node = node
        self.place = place
        entries = Self.complete(names).map { Entry(name: $0) }
        for index in entries.indices {
            if entries[index].name == Self.own { entries[index].node = node }
            if entries[index].name == Self.above { entries[index].node = above ?? node }
        }
        passOwn()
    }

    private static let own = Array(".".utf8)
    private static let above = Array("..".utf8)

    private mutating func passOwn() {
        while next < entries.count, [Self.own, Self.above].contains(entries[next].name) { next += 1 }
    }

    /// Says what the next entry is.
    mutating func add(_ node: UInt64, type: UInt8) {
        entries[next].node = node
        entries[next].type = type
        if type == 2 { directories += 1 }
        next += 1
        passOwn()
    }

    /// The names with the two that every directory has, sorted: the kernel looks for one by halves.
    private static func complete(_ names: [[UInt8]]) -> [[UInt8]] {
        var names = names
        for name in [own, above] {
            let index = names.firstIndex { name.lexicographicallyPrecedes($0) } ?? names.count
            names.insert(name, at: index)
        }
        return names
    }

    /// How many bytes it takes; only the last block may be a part of one.
    static func size(_ names: [[UInt8]]) -> Int {
        var size = 0
        for name in complete(names) {
            let length = entrySize + name.count
            if size % ImageFormat.blockSize + length > ImageFormat.blockSize {
                size = (size / ImageFormat.blockSize + 1) * ImageFormat.blockSize
            } else if size > 0, size % ImageFormat.blockSize == 0 {
                // A new block anyway.
            }
            size += length
        }
        return size
    }

    /// All of it: in each block the entries, and then their names.
    var bytes: [UInt8] {
        var (result, block) = (LittleEndian(), [Entry]())
        var used = 0
        func end(_ result: inout LittleEndian) {
            var place = block.count * Self.entrySize
            for entry in block {
                result.put(entry.node)
                result.put(UInt16(place))
                result.put(entry.type)
                result.put(UInt8(0))
                place += entry.name.count
            }
            for entry in block { result.bytes += entry.name }
        }
        for entry in entries {
            let length = Self.entrySize + entry.name.count
            if used + length > ImageFormat.blockSize {
                end(&result)
                result.pad(
                    to: (result.bytes.count + ImageFormat.blockSize - 1) & ~(ImageFormat.blockSize - 1))
                block = []
                used = 0
            }
            block.append(entry)
            used += length
        }
        end(&result)
        return result.bytes
    }
}
