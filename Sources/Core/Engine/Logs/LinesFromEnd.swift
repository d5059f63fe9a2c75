internal import Glibc
internal import Host

/// The places behind the ends of lines in a file, the last one first.
struct LinesFromEnd {
    private let file: Int32
    /// What has been read and not been looked at, which begins at `start` in the file.
    private var piece: [UInt8] = []
    private var start: Int64
    private static let pieceSize: Int64 = 64 << 10

    init(of file: Int32, size: Int64) {
        self.file = file
        start = size
    }

    /// The next place towards the beginning; nil if there are no more ends of lines.
    ///
    /// - Throws: ``SystemCallError``.
    mutating func next() throws(SystemCallError) -> Int64? {
        while true {
            if let place = piece.lastIndex(of: UInt8(ascii: "\n")) {
                piece.removeLast(piece.count - place)
                return start + Int64(place) + 1
            }
            guard start > 0 else { return nil }
            let count = min(Self.pieceSize, start)
            start -= count
            piece = try FileRange.read(file, from: start, count: Int(count))
        }
    }
}
