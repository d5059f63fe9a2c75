import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Tree

/// A tree to copy, and the place for its copy.
struct TreeFixture {
    let temporary: TemporaryDirectory
    let source: FilePath
    let copy: FilePath

    init() throws {
        temporary = try TemporaryDirectory(in: TemporaryDirectory.disk)
        source = try temporary.directory("source")
        copy = try temporary.directory("copy")
    }

    /// Copies the tree.
    func run() throws { try TreeCopy.copy(source, into: copy) }

    /// A directory of the tree.
    @discardableResult
    func directory(_ name: String) throws -> FilePath { try temporary.directory("source/\(name)") }

    /// A file of the tree.
    @discardableResult
    func file(_ name: String, _ text: String = "") throws -> FilePath {
        try temporary.file("source/\(name)", Array(text.utf8))
    }
}

/// lstat(2).
func look(_ path: FilePath) throws -> stat {
    try #require(try status(path)?.raw, "nothing at \(path)")
}

/// lsetxattr(2).
func setAttribute(_ name: String, _ value: [UInt8], of path: FilePath) throws {
    try systemCall("lsetxattr", path) { lsetxattr($0, name, value, value.count, 0) }
}

/// lgetxattr(2); nil if there is no such attribute.
func attribute(_ name: String, of path: FilePath) -> [UInt8]? {
    var value = [UInt8](repeating: 0, count: 1 << 16)
    let count = path.withPlatformString { lgetxattr($0, name, &value, value.count) }
    return count < 0 ? nil : Array(value[..<count])
}

/// Makes a chain of directories of this name, one in the other, with a file at its end.
func makeChain(_ depth: Int, named name: String, in root: FilePath) throws {
    let name = EntryName(Array(name.utf8).map(CChar.init(bitPattern:)))
    var directory = try Descriptor(root, O_RDONLY | O_DIRECTORY)
    for _ in 0..<depth {
        let above = directory.rawValue
        try systemCall("mkdir") { mkdirat(above, name.bytes, 0o755) }
        directory = try MountBoundary.cross(name, in: above, O_RDONLY | O_DIRECTORY)
    }
    _ = try Descriptor("end", O_WRONLY | O_CREAT, mode: 0o644, at: directory.rawValue)
}

/// How many directories of this name there are, one in the other, if a file is at the end; else nil.
func chainDepth(named name: String, in root: FilePath) throws -> Int? {
    let name = EntryName(Array(name.utf8).map(CChar.init(bitPattern:)))
    var directory = try Descriptor(root, O_RDONLY | O_DIRECTORY)
    var depth = 0
    while let child = try? MountBoundary.cross(name, in: directory.rawValue, O_RDONLY | O_DIRECTORY) {
        directory = child
        depth += 1
    }
    return faccessat(directory.rawValue, "end", F_OK, 0) == 0 ? depth : nil
}

/// How many descriptors this process has open.
func openDescriptors() throws -> Int { try Files.list("/proc/self/fd").count }

/// What most of these tests need.
let isRoot = ConditionTrait.enabled(if: geteuid() == 0, "only root may do this")

/// Skips a test, and says why, where a program is missing.
func needs(_ program: String) -> ConditionTrait {
    .enabled(if: Files.exists(FilePath(program)), "\(program) is not installed")
}
