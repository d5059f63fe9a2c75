import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Tree

@Suite("The content of a copied file")
struct ContentCopyTests {
    /// The ways of copying; the file systems of the machine decide whether the first one works.
    @Test(arguments: [(true, true), (false, true), (false, false)])
    func holesStayHoles(cloning: Bool, copyFileRange: Bool) throws {
        let temporary = try TemporaryDirectory(in: TemporaryDirectory.disk)
        let source = try Descriptor(temporary.path.appending("source"), O_RDWR | O_CREAT, mode: 0o600)
        let copy = try Descriptor(temporary.path.appending("copy"), O_RDWR | O_CREAT, mode: 0o600)
        let size: Int64 = 1 << 40
        let pieces: [(offset: Int64, bytes: [UInt8])] = [
            (0, Array("start".utf8)), (1 << 30, [UInt8](repeating: 7, count: 300_000)),
            (size - (1 << 21), Array("nearly the end".utf8)),
        ]
        for piece in pieces {
            try systemCall("pwrite") {
                pwrite(source.rawValue, piece.bytes, piece.bytes.count, off_t(piece.offset))
            }
        }
        try systemCall("ftruncate") { ftruncate(source.rawValue, off_t(size)) }
        var content = ContentCopy(cloning: cloning, copyFileRange: copyFileRange)
        let start = ContinuousClock.now
        try content.copy(from: source.rawValue, to: copy.rawValue, size: size)
        #expect(ContinuousClock.now - start < .seconds(5))
        let status = try stat(of: copy.rawValue)
        #expect(Int64(status.st_size) == size)
        #expect(status.st_blocks < 2 << 11, "\(status.st_blocks) blocks")
        for piece in pieces {
            var bytes = [UInt8](repeating: 0, count: piece.bytes.count)
            pread(copy.rawValue, &bytes, bytes.count, off_t(piece.offset))
            #expect(bytes == piece.bytes)
        }
    }

    @Test(arguments: [0, 1, 4095, 4096, 4097, 262_144, 262_145, 3_000_001])
    func everySizeIsCopied(_ size: Int) throws {
        let temporary = try TemporaryDirectory(in: TemporaryDirectory.disk)
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let path = try temporary.file("source", bytes)
        for (number, copyFileRange) in [true, false].enumerated() {
            let copyPath = temporary.path.appending("copy\(number)")
            do {
                let source = try Descriptor(path, O_RDONLY)
                let copy = try Descriptor(copyPath, O_WRONLY | O_CREAT, mode: 0o600)
                var content = ContentCopy(cloning: false, copyFileRange: copyFileRange)
                try content.copy(from: source.rawValue, to: copy.rawValue, size: Int64(size))
            }
            #expect(try contents(copyPath) == bytes)
        }
    }

    /// copy_file_range(2) says 0 or EINVAL on files whose content the kernel makes up.
    @Test func copyFileRangeThatGivesUpIsNoEndlessLoop() throws {
        let temporary = try TemporaryDirectory(in: TemporaryDirectory.disk)
        let source = try Descriptor("/proc/version", O_RDONLY)
        let path = temporary.path.appending("copy")
        do {
            let copy = try Descriptor(path, O_WRONLY | O_CREAT, mode: 0o600)
            var content = ContentCopy()
            try content.copy(from: source.rawValue, to: copy.rawValue, size: 20)
        }
        #expect(try text(path) == String(Files.read("/proc/version").prefix(20)))
    }

    @Test func copyToAnotherFileSystem() throws {
        let temporary = try TemporaryDirectory(in: TemporaryDirectory.disk)
        let bytes = [UInt8](repeating: 9, count: 1_000_000)
        let source = try Descriptor(try temporary.file("source", bytes), O_RDONLY)
        let copy = try Descriptor("/dev/shm", clx_O_TMPFILE | O_RDWR, mode: 0o600)
        var content = ContentCopy()
        try content.copy(from: source.rawValue, to: copy.rawValue, size: 1_000_000)
        #expect(!content.hasCloned)
        var read = [UInt8](repeating: 0, count: bytes.count)
        #expect(pread(copy.rawValue, &read, read.count, 0) == bytes.count)
        #expect(read == bytes)
    }
}
