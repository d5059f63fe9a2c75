import CLinux
import Glibc
import SystemPackage
import Testing

@testable import DriverKit
@testable import Host
@testable import Images
@testable import Layers
@testable import Tree

extension FuzzTests {
    @Test("unpack: nothing outside is touched, and no mark is forged")
    func unpack() throws {
        let place = try UnpackPlace()
        try FuzzRun(target: "unpack", cases: 250, share: 35)() { random in
            let bytes = try Corpus.archive(&random, canary: place.canary.string)
            let upper = try Corpus.archive(&random, canary: place.canary.string)
            let usingOpenAt2 = random.next() & 3 > 0
            let isRootFS = try FuzzFailure.explained { try checkRootFS(bytes) } == nil
            for format in DeletionFormat.all {
                try place.renew()
                // The second layer meets what the first one left.
                for (number, archive) in [bytes, upper].enumerated() {
                    let digest = SHA256Hasher.digest(of: archive)
                    let isOnUnion = number > 0 && format != .none
                    let error = try FuzzFailure.explained {
                        let tree = try LayerDirectory(
                            isOnUnion ? place.upper : place.root, usingOpenAt2: usingOpenAt2)
                        try LayerUnpacker.unpack(
                            MemorySource(archive), expecting: digest, into: tree,
                            on: isOnUnion ? [place.root] : [], deletionFormat: format)
                    }
                    try place.check(format)
                    // What was let in as an image must not turn out to be none.
                    if number == 0, isRootFS, let error, !isOfFileSystem(error) {
                        throw FuzzFailure("accepted, but \(format) says: \(error.explanation.problem)")
                    }
                    if error != nil { break }
                }
            }
        }
    }

    @Test("archive: a tree that was unpacked can be archived, and is the same again")
    func archive() throws {
        let place = try UnpackPlace()
        try FuzzRun(target: "archive", cases: 150, share: 10)() { random in
            let bytes = HostileArchive.make(&random, canary: place.canary.string, damaged: false)
            try place.renew()
            // Whatever it leaves is a tree, complete or not.
            _ = try FuzzFailure.explained { try unpack(bytes, into: place.root) }
            let first = try archive(place.root)
            try checkRootFS(first)
            try place.renew()
            try unpack(first, into: place.root)
            try FuzzFailure.check(try archive(place.root) == first, "another archive")
            try place.check(.none)
        }
    }

    private func unpack(_ bytes: [UInt8], into root: FilePath) throws {
        try LayerUnpacker.unpack(
            MemorySource(bytes), expecting: SHA256Hasher.digest(of: bytes), into: LayerDirectory(root),
            deletionFormat: .none)
    }

    private func archive(_ root: FilePath) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try TreeArchiver.write(root, to: TarWriter { bytes += $0 })
        return bytes
    }

    private func checkRootFS(_ bytes: [UInt8]) throws {
        let reader = TarReader(MemorySource(bytes))
        var check = RootFSCheck()
        while let entry = try reader.next() { try check.check(entry) }
    }

    private func isOfFileSystem(_ error: any Explained) -> Bool {
        if case .failedEntry? = error as? ImageError { return true }
        return error is SystemCallError
    }
}
