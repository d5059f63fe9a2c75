internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// The program file that this process runs: the host's mydocker, seen from inside the container.
///
/// Until execve(2), /proc/self/exe leads to it, so an image whose command is a link there, or a script or program that
/// names it as its interpreter, would run the host's program with the image's libraries, and with it get hold of the
/// host's file (CVE-2019-5736 was of this kind; since a kernel may let a running program be written to, ETXTBSY is
/// no protection).
struct OwnExecutable {
    private let device: dev_t
    private let inode: ino_t

    /// How many interpreters may interpret each other: execve(2) allows four levels.
    private static let deepest = 8

    init() throws(SystemCallError) {
        var status = stat()
        try systemCall("stat", "/proc/self/exe") { stat($0, &status) }
        device = status.st_dev
        inode = status.st_ino
    }

    /// True if executing `path` would run this file, directly or as an interpreter, or would reach its interpreter over
    /// a magic link of /proc.
    func isRun(by path: FilePath) -> Bool {
        var path = path
        for _ in 0..<Self.deepest {
            do {
                let file = try ContainerPath.open(path, O_RDONLY | O_NONBLOCK)
                var status = stat()
                try systemCall("stat", path) { _ in fstat(file.rawValue, &status) }
                if status.st_dev == device && status.st_ino == inode { return true }
                guard let interpreter = Interpreter.path(of: file) else { return false }
                path = interpreter
            } catch {
                // The kernel will say what else is wrong.
                return error.errno == .tooManySymbolicLinkLevels
            }
        }
        return true  // No kernel goes that far.
    }
}
