internal import Glibc

/// Cuts what one stream gives, in whatever pieces it comes, into lines.
///
/// As docker does it, a line is cut where it gets too long for the memory that is kept for it; but not in a character.
struct LogLineCutter {
    let stream: ContainerLogStream
    /// The line that has not ended yet; at most ``longest`` bytes.
    private var pending: [UInt8] = []

    /// The longest text of a line, in bytes.
    static let longest = 16 << 10

    init(_ stream: ContainerLogStream) {
        self.stream = stream
    }

    /// Adds the lines that end in `bytes`.
    mutating func cut(_ bytes: UnsafeRawBufferPointer, at time: Int64, to file: inout LogFile) {
        var rest = bytes[...]
        while let start = bytes.baseAddress.map({ $0 + rest.startIndex }), !rest.isEmpty {
            let room = Self.longest - pending.count
            if let end = memchr(start, Int32(UInt8(ascii: "\n")), min(rest.count, room + 1)) {
                let length = UnsafeRawPointer(end) - start
                finish(with: rest.prefix(length), isWhole: true, at: time, to: &file)
                rest = rest.dropFirst(length + 1)
            } else if rest.count > room {
                pending.append(contentsOf: rest.prefix(room))
                let length = pending.withUnsafeBytes { UTF8Sequence.beginningOfLast($0) }
                let next = Array(pending[length...])
                pending.removeLast(next.count)
                finish(isWhole: false, at: time, to: &file)
                pending = next
                rest = rest.dropFirst(room)
            } else {
                pending.append(contentsOf: rest)
                return
            }
        }
    }

    /// Adds what there is of a line that does not end.
    mutating func end(at time: Int64, to file: inout LogFile) {
        if !pending.isEmpty { finish(isWhole: false, at: time, to: &file) }
    }

    private mutating func finish(
        with last: Slice<UnsafeRawBufferPointer> = .init(base: .init(start: nil, count: 0), bounds: 0..<0),
        isWhole: Bool, at time: Int64, to file: inout LogFile
    ) {
        if pending.isEmpty {
            let text = UnsafeRawBufferPointer(rebasing: last)
            return file.add(LogLine(text: text, isWhole: isWhole, stream: stream, time: time))
        }
        pending.append(contentsOf: last)
        pending.withUnsafeBytes {
            file.add(LogLine(text: $0, isWhole: isWhole, stream: stream, time: time))
        }
        // Most programs write whole lines: what a long one took is given back.
        pending.removeAll(keepingCapacity: pending.count <= 1 << 10)
    }
}
