internal import Host

/// Where the data of a sparse file lies: GNU tar's manual, "Storing Sparse Files".
struct TarSparseMap {
    /// The parts with data: ascending, not overlapping, inside the file.
    private(set) var segments: [TarEntry.Segment] = []
    /// The size of the file with its holes.
    let realSize: Int64

    /// The most segments of one file: far beyond what any header of 1 MiB can hold.
    private static let maximumSegments = 1 << 18

    /// - Parameters:
    ///   - numbers: offset, length, offset, length…
    ///   - archived: how many bytes of data the archive holds: the lengths have to add up to it.
    init(_ numbers: [Int64], realSize: Int64, archived: Int64) throws(PaxRecords.Malformed) {
        guard numbers.count.isMultiple(of: 2), numbers.count / 2 <= Self.maximumSegments, realSize >= 0 else {
            throw PaxRecords.Malformed(reason: "a wrong sparse map")
        }
        self.realSize = realSize
        var position: Int64 = 0
        var total: Int64 = 0
        for index in stride(from: 0, to: numbers.count, by: 2) {
            let (offset, length) = (numbers[index], numbers[index + 1])
            guard offset >= position, length >= 0, offset <= realSize, length <= realSize - offset else {
                throw PaxRecords.Malformed(reason: "a sparse map that does not fit its file")
            }
            position = offset + length
            // Cannot overflow: the parts do not overlap and end before realSize.
            total += length
            if length > 0 { segments.append(TarEntry.Segment(offset: offset, length: length)) }
        }
        guard total == archived else {
            throw PaxRecords.Malformed(reason: "a sparse map that does not fit its data")
        }
    }
}

extension TarReader {
    /// The map of the entry whose header was just read, or nil if it is not sparse; takes from `archived` the
    /// bytes of a map that stands in front of the data.
    func sparseMap(
        _ header: TarHeader, _ records: PaxRecords, archived: inout Int64
    ) throws -> TarSparseMap? {
        if header.typeFlag == UInt8(ascii: "S") { return try oldMap(header, archived: archived) }
        if let major = try records.number("GNU.sparse.major") {
            guard major == 1, try records.number("GNU.sparse.minor") == 0 else {
                throw malformed("a sparse file of an unknown version")
            }
            guard let size = try records.number("GNU.sparse.realsize") else {
                throw malformed("a sparse file without a size")
            }
            let numbers = try mapInData(&archived)
            return try TarSparseMap(numbers, realSize: size, archived: archived)
        }
        guard let size = try records.number("GNU.sparse.size") else { return nil }
        var numbers: [Int64] = []
        if let map = records["GNU.sparse.map"] {
            for part in map.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
                try numbers.append(decimal(part))
            }
        } else {
            for (key, value) in records.records
            where key == "GNU.sparse.offset" || key == "GNU.sparse.numbytes" {
                guard (key == "GNU.sparse.offset") == numbers.count.isMultiple(of: 2) else {
                    throw malformed("a wrong sparse map")
                }
                try numbers.append(decimal(value))
            }
        }
        return try TarSparseMap(numbers, realSize: size, archived: archived)
    }

    /// Old GNU: four pairs in the header, then blocks of 21 pairs as long as the last one says so.
    private func oldMap(_ header: TarHeader, archived: Int64) throws -> TarSparseMap {
        let realSize = try TarHeader.number(header.block[483..<495], "size")
        var numbers: [Int64] = []
        var block = header.block
        var (start, count, flag) = (386, 4, 482)
        while true {
            for index in 0..<count {
                let pair = start + index * 24
                // An empty field ends the list.
                if block[pair + 12] == 0 { break }
                numbers.append(try TarHeader.number(block[pair..<(pair + 12)], "sparse map"))
                numbers.append(try TarHeader.number(block[(pair + 12)..<(pair + 24)], "sparse map"))
            }
            if block[flag] == 0 { break }
            guard let more = try input.block() else {
                throw ImageError.truncatedArchive(offset: input.offset)
            }
            guard Int64(numbers.count) * 12 <= Self.maximumExtension else {
                throw malformed("a sparse map that is too large")
            }
            block = Array(more)
            (start, count, flag) = (0, 21, 504)
        }
        return try TarSparseMap(numbers, realSize: realSize, archived: archived)
    }

    /// Version 1.0: decimal numbers, one per line, padded to whole blocks: how many pairs, then the pairs.
    private func mapInData(_ archived: inout Int64) throws -> [Int64] {
        var numbers: [Int64] = []
        var expected: Int?
        var line: [UInt8] = []
        var read: Int64 = 0
        while expected.map({ numbers.count < $0 }) ?? true {
            guard archived >= Int64(TarHeader.size), read < Self.maximumExtension,
                let block = try input.block()
            else { throw malformed("a sparse map that is cut off or too large") }
            archived -= Int64(TarHeader.size)
            read += Int64(TarHeader.size)
            for byte in block {
                if byte != UInt8(ascii: "\n") {
                    line.append(byte)
                    continue
                }
                let number = try decimal(line)
                line = []
                if let expected {
                    numbers.append(number)
                    if numbers.count == expected { break }
                } else {
                    guard number <= Self.maximumExtension else {
                        throw malformed("a sparse map that is too large")
                    }
                    expected = Int(number) * 2
                    if number == 0 { break }
                }
            }
        }
        return numbers
    }

    private func decimal(_ digits: some Collection<UInt8>) throws -> Int64 {
        guard digits.first?.isASCIIDigit == true, let number = Int64(String(decoding: digits, as: UTF8.self))
        else {
            throw malformed("a number in a sparse map is wrong")
        }
        return number
    }
}
