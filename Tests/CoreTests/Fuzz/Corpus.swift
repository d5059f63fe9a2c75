import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Layers

/// Small files to start from: archives of other tools, and whatever has once failed.
enum Corpus {
    /// The files of `Tests/CoreTests/Fuzz/Corpus` whose names end so, in the order of their names.
    static func files(_ suffix: String) throws -> [[UInt8]] {
        let directory = FilePath(#filePath).removingLastComponent().appending("Corpus")
        let names = try Files.list(directory).filter { $0.hasSuffix(suffix) }.sorted()
        try #require(!names.isEmpty, "no *\(suffix) in \(directory)")
        return try names.map { try contents(directory.appending($0)) }
    }

    private static let archives = Result { try files(".tar.gz").map { try plain($0) } }

    private static func plain(_ packed: [UInt8]) throws -> [UInt8] {
        let source = try GzipSource(MemorySource(packed))
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = try bytes.withUnsafeMutableBytes { try source.fill($0) }
        return Array(bytes[..<count])
    }

    /// A random archive, or one of the corpus that was changed a little.
    static func archive(_ random: inout SeededGenerator, canary: String) throws -> [UInt8] {
        if Int.random(in: 0..<4, using: &random) > 0 {
            return HostileArchive.make(&random, canary: canary)
        }
        let archives = try archives.get()
        return HostileArchive.mutate(
            archives[Int.random(in: 0..<archives.count, using: &random)], &random)
    }
}
