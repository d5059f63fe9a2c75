import Testing

@testable import Host
@testable import Images
@testable import Layers
@testable import Tree

extension FuzzTests {
    /// All that a reader says about an archive.
    private struct Reading: Equatable {
        var entries: [TarEntry] = []
        var digest = SHA256Hasher.digest(of: [])
        var error: String?
        var isRootFS = true
    }

    private func read(_ bytes: [UInt8], piece: Int) throws -> Reading {
        var reading = Reading()
        var hasher = SHA256Hasher()
        var check = RootFSCheck()
        let error = try FuzzFailure.explained {
            let reader = TarReader(MemorySource(bytes, piece: piece))
            while let entry = try reader.next() {
                reading.entries.append(entry)
                try inspect(entry)
                if reading.isRootFS {
                    reading.isRootFS = try FuzzFailure.explained { try check.check(entry) } == nil
                }
                // Every third one's content is left for the reader to skip.
                if reading.entries.count.isMultiple(of: 3) { continue }
                var position: Int64 = 0
                try reader.content { offset, data in
                    guard case .file(let size, _) = entry.kind else { throw FuzzFailure("data of no file") }
                    let end = offset.addingReportingOverflow(Int64(data.count))
                    try FuzzFailure.check(
                        offset >= position && !end.overflow && end.partialValue <= size && !data.isEmpty,
                        "data at \(offset), after \(position) and in a file of \(size)")
                    position = end.partialValue
                    hasher.update(data)
                }
            }
            try reader.drain()
        }
        reading.error = error.map { $0.explanation.problem }
        reading.digest = hasher.finish()
        return reading
    }

    /// What ``TarEntry`` promises.
    private func inspect(_ entry: TarEntry) throws(FuzzFailure) {
        let names = entry.attributes.map(\.name)
        try FuzzFailure.check(
            !entry.path.isEmpty && !entry.path.contains(0) && entry.path.count <= TarReader.maximumName,
            "a path of \(entry.path)")
        try FuzzFailure.check(entry.mode & ~0o7777 == 0, "a mode of \(entry.mode)")
        try FuzzFailure.check(entry.owner != .max && entry.group != .max, "an owner of -1")
        try FuzzFailure.check((0..<1_000_000_000).contains(entry.modified.nanoseconds), "\(entry.modified)")
        try FuzzFailure.check(names == Set(names).sorted(), "attributes \(names)")
        switch entry.kind {
        case .symbolicLink(let target), .hardLink(let target):
            try FuzzFailure.check(!target.isEmpty && !target.contains(0), "a target of \(target)")
        case .file(let size, let segments):
            try FuzzFailure.check(size >= 0, "a size of \(size)")
            var end: Int64 = 0
            for segment in segments ?? [] {
                try FuzzFailure.check(
                    segment.offset >= end && segment.length > 0 && segment.length <= size - segment.offset,
                    "a segment \(segment) after \(end)")
                end = segment.offset + segment.length
            }
        default: break
        }
    }

    @Test("tar: the same in whatever pieces it comes, and never more than it promises")
    func tar() throws {
        try FuzzRun(target: "tar", cases: 1000, share: 25)() { random in
            let bytes = try Corpus.archive(&random, canary: "/canary")
            let whole = try read(bytes, piece: .max)
            let piece = [1, 7, 511, 512, 513].randomElement(using: &random) ?? 1
            let pieces = try read(bytes, piece: piece)
            try FuzzFailure.check(whole == pieces, "in pieces of \(piece): \(pieces), else \(whole)")
            // The error of a wrong archive must not depend on the end marker, nor what was read before.
            try FuzzFailure.check(
                whole.entries.count <= bytes.count / TarHeader.size, "\(whole.entries.count) entries")
        }
    }
}
