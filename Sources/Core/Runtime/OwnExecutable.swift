internal import CLinux
internal import Glibc
internal import SystemPackage

/// The program file that this process runs: the host's mydocker, seen from inside the container.
///
/// Until execve(2), /proc/self/exe leads to it, so an image whose command is a link there, or a script that names
/// it as its interpreter, would run the host's program with the image's libraries, and with it get hold of the
/// host's file (CVE-2019-5736 was of this kind; since a kernel may let a running program be written to, ETXTBSY is
/// no protection).
struct OwnExecutable {
    private let device: dev_t
    private let inode: ino_t

    /// How many scripts may interpret each other: execve(2) allows four levels.
    private static let deepestScript = 8

    init() throws(SystemCallError) {
        var status = stat()
        try systemCall("stat", "/proc/self/exe") { stat($0, &status) }
        device = status.st_dev
        inode = status.st_ino
    }

    /// True if executing `path` would run this file, directly or as the interpreter of a script.
    func isRun(by path: FilePath) -> Bool {
        var path = path
        for _ in 0..<Self.deepestScript {
            var status = stat()
            guard path.withPlatformString({ stat($0, &status) }) == 0 else { return false }
            if status.st_dev == device && status.st_ino == inode { return true }
            guard let interpreter = Self.interpreter(of: path) else { return false }
            path = interpreter
        }
        return true  // No kernel goes that far.
    }

    /// What stands behind "#!" in the first line, as the kernel reads it (execve(2), "Interpreter scripts").
    private static func interpreter(of path: FilePath) -> FilePath? {
        guard let file = try? Descriptor(path, O_RDONLY | O_NONBLOCK),
            let head = try? file.readAll(limit: 256, subject: path.string),
            head.starts(with: Array("#!".utf8))
        else { return nil }
        let line = head.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") && $0 != 0 }
        let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let name = line.drop(while: isSpace).prefix { !isSpace($0) }
        return name.isEmpty ? nil : FilePath(bytes: Array(name))
    }
}
