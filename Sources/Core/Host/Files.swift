package import CLinux
internal import Glibc
public import SystemPackage

/// The few operations on single files that Core and the drivers need, each one system call.
///
/// All throw ``SystemCallError``. Only `read` and `list` follow a symbolic link at the end of the path.
public enum Files {
    /// mkdir(2), with exactly this mode whatever the umask is.
    public static func makeDirectory(_ path: FilePath, mode: UInt32 = 0o755) throws(SystemCallError) {
        try systemCall("mkdir", path) { mkdir($0, mode) }
        try systemCall("chmod", path) { chmod($0, mode) }
    }

    /// mkdir(2) for every directory of the path that is missing; those that exist stay as they are.
    public static func makeDirectories(_ path: FilePath, mode: UInt32 = 0o755) throws(SystemCallError) {
        do {
            try makeDirectory(path, mode: mode)
        } catch  where error.errno == .fileExists {
            return
        } catch  where error.errno == .noSuchFileOrDirectory && !path.parent.isEmpty {
            try makeDirectories(path.parent, mode: mode)
            do { try makeDirectory(path, mode: mode) } catch  where error.errno == .fileExists {}
        }
    }

    /// Creates a file that must not exist yet, with this content.
    public static func create(
        _ path: FilePath, _ content: String = "", mode: UInt32 = 0o644
    ) throws(SystemCallError) {
        let file = try Descriptor(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
        try file.write(Array(content.utf8), subject: path.string)
    }

    /// Writes a value to a file of the kernel, such as a cgroup's: one write(2).
    public static func set(_ path: FilePath, _ value: String) throws(SystemCallError) {
        let file = try Descriptor(path, O_WRONLY | O_NOFOLLOW)
        try file.write(Array(value.utf8), subject: path.string)
    }

    /// Writes several values to a file of the kernel: one write(2) each.
    package static func set(_ path: FilePath, each values: [String]) throws(SystemCallError) {
        let file = try Descriptor(path, O_WRONLY | O_NOFOLLOW)
        for value in values { try file.write(Array(value.utf8), subject: path.string) }
    }

    /// The whole content of a (small) file.
    public static func read(_ path: FilePath) throws(SystemCallError) -> String {
        let file = try Descriptor(path, O_RDONLY)
        return String(decoding: try file.readAll(limit: 1 << 20, subject: path.string), as: UTF8.self)
    }

    /// unlink(2).
    public static func remove(_ path: FilePath) throws(SystemCallError) {
        try systemCall("unlink", path) { unlink($0) }
    }

    /// rmdir(2).
    public static func removeDirectory(_ path: FilePath) throws(SystemCallError) {
        try systemCall("rmdir", path) { rmdir($0) }
    }

    /// rename(2).
    public static func rename(_ path: FilePath, to target: FilePath) throws(SystemCallError) {
        try systemCall("rename", path) { path in target.withPlatformString { Glibc.rename(path, $0) } }
    }

    /// symlink(2).
    package static func makeLink(to target: String, at path: FilePath) throws(SystemCallError) {
        try systemCall("symlink", path) { symlink(target, $0) }
    }

    /// readlink(2).
    package static func readLink(_ path: FilePath) throws(SystemCallError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let size = buffer.count
        let count = try systemCall("readlink", path) { readlink($0, &buffer, size) }
        return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The names in a directory, without "." and "..", in no order.
    ///
    /// - Parameter follows: false to take a link to a directory for an error.
    public static func list(_ path: FilePath, following follows: Bool = true) throws(SystemCallError)
        -> [String]
    {
        let flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK | (follows ? 0 : O_NOFOLLOW)
        let descriptor = try Descriptor(path, flags).take()
        guard let stream = fdopendir(descriptor) else {
            let error = SystemCallError("fdopendir", path)
            close(descriptor)
            throw error
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Runs `body`, which changes entries of a directory, and gives the directory the times back that it had.
    ///
    /// - Throws: what `body` throws too.
    public static func keepingTimes(of path: FilePath, _ body: () throws -> Void) throws {
        guard let status = status(path) else { throw SystemCallError("lstat", path) }
        try body()
        try systemCall("utimens", path) {
            utimensat(AT_FDCWD, $0, [status.st_atim, status.st_mtim], AT_SYMLINK_NOFOLLOW)
        }
    }

    /// lstat(2); nil if there is nothing at the path, or nothing that can be looked at.
    package static func status(_ path: FilePath) -> stat? {
        var status = stat()
        return path.withPlatformString { lstat($0, &status) } == 0 ? status : nil
    }

    /// True if there is something at the path.
    public static func exists(_ path: FilePath) -> Bool { status(path) != nil }

    /// True if the path is a directory, not a link to one.
    public static func isDirectory(_ path: FilePath) -> Bool {
        status(path).map { $0.st_mode & S_IFMT } == S_IFDIR
    }

    /// True if the path is a character device.
    public static func isDevice(_ path: FilePath) -> Bool {
        status(path).map { $0.st_mode & S_IFMT } == S_IFCHR
    }
}
