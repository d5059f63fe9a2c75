import CLinux
import Glibc
import SystemPackage

@testable import Host
@testable import Layers
@testable import Tree

/// A new, empty directory that is gone with its owner.
final class TemporaryDirectory {
    let path: FilePath

    /// A tmpfs that scripts/test has mounted, so that nobody waits for the disk; /tmp without it.
    static let memory = getenv("MYDOCKER_TEST_MEMORY").map { String(cString: $0) } ?? "/tmp"
    /// For what is about a file system: that of /tmp, usually the machine's disk.
    static let disk = "/tmp"

    init(in place: String = memory) throws {
        var template = Array("\(place)/mydocker-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallError("mkdtemp") }
        path = FilePath(platformString: template)
    }

    deinit {
        try? TreeRemoval.remove(path)
    }

    /// A new directory in it.
    func directory(_ name: String) throws -> FilePath {
        let result = path.appending(name)
        try systemCall("mkdir", result) { mkdir($0, 0o755) }
        return result
    }

    /// A file in it with this content.
    @discardableResult
    func file(_ name: String, _ bytes: [UInt8]) throws -> FilePath {
        let result = path.appending(name)
        let file = try Descriptor(result, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        try file.file.writeAll(bytes)
        return result
    }

    func write(_ name: String, _ text: String) throws {
        try file(name, Array(text.utf8))
    }
}

/// The whole content of a file.
func contents(_ path: FilePath) throws -> [UInt8] {
    let file = try Descriptor(path, O_RDONLY)
    var result: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = try piece.withUnsafeMutableBytes { try FileSource(file.rawValue).fill($0) }
        result += piece[..<count]
        if count < piece.count { return result }
    }
}

func text(_ path: FilePath) throws -> String {
    String(decoding: try contents(path), as: UTF8.self)
}

/// What lstat(2) says about a file.
struct FileStatus {
    let raw: stat

    var type: mode_t { raw.st_mode & S_IFMT }
    var isDirectory: Bool { type == S_IFDIR }
    var isWhiteout: Bool { type == S_IFCHR && raw.st_rdev == 0 }
    var modified: TarTime {
        TarTime(seconds: Int64(raw.st_mtim.tv_sec), nanoseconds: Int64(raw.st_mtim.tv_nsec))
    }
}

/// The status of a file; nil if there is nothing.
func status(_ path: FilePath) throws -> FileStatus? {
    var raw = stat()
    if path.withPlatformString({ lstat($0, &raw) }) == 0 { return FileStatus(raw: raw) }
    if Errno.current == .noSuchFileOrDirectory || Errno.current == .notDirectory { return nil }
    throw SystemCallError("lstat", path)
}

/// Runs a program with its standard output thrown away and waits for it.
func run(_ program: String, _ arguments: String...) throws {
    try run(program: program, arguments)
}

func run(program: String, _ arguments: [String]) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    var argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    argv.append(nil)
    defer { argv.forEach { free($0) } }
    var pid: pid_t = 0
    let result = posix_spawn(&pid, program, &actions, nil, argv, environ)
    if result != 0 { throw SystemCallError("posix_spawn", program, errno: Errno(rawValue: result)) }
    var state: Int32 = 0
    try systemCall("waitpid") { waitpid(pid, &state, 0) }
    if state != 0 { throw SystemCallError(program, "status \(state)", errno: .invalidArgument) }
}

/// What readlink(2) says.
func linkTarget(_ path: FilePath) throws -> String {
    var target = [CChar](repeating: 0, count: 4096)
    let count = try systemCall("readlink", path) { readlink($0, &target, target.count) }
    return String(fileName: target[..<count].map(UInt8.init(bitPattern:)))
}
