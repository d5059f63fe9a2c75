internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// A directory tree that a case writes to, each function one system call or a few; paths are relative to its root.
///
/// All throw ``SystemCallError`` with the errno that the file system gave.
struct Tree: Sendable {
    let root: FilePath

    init(_ root: FilePath) {
        self.root = root
    }

    func path(_ name: String) -> FilePath { name.isEmpty ? root : FilePath(root.string + "/" + name) }

    func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws {
        let file = try Descriptor(path(name), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: mode)
        try writeAll(file.rawValue, text, name)
    }

    func append(_ name: String, _ text: String) throws {
        let file = try Descriptor(path(name), O_WRONLY | O_APPEND | O_NOFOLLOW)
        try writeAll(file.rawValue, text, name)
    }

    private func writeAll(_ file: Int32, _ text: String, _ name: String) throws {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0 { throw SystemCallError("write", name) }
            bytes = bytes.dropFirst(count)
        }
    }

    func read(_ name: String) throws -> String { try Files.read(path(name)) }

    func exists(_ name: String) -> Bool { Files.exists(path(name)) }

    func makeDirectory(_ name: String, mode: UInt32 = 0o755) throws {
        try Files.makeDirectory(path(name), mode: mode)
    }

    func remove(_ name: String) throws { try Files.remove(path(name)) }

    func removeDirectory(_ name: String) throws { try Files.removeDirectory(path(name)) }

    func removeTree(_ name: String) throws { try TreeRemoval.remove(path(name)) }

    func rename(_ name: String, to new: String) throws { try Files.rename(path(name), to: path(new)) }

    func link(_ name: String, to new: String) throws {
        try call("link", new) {
            self.path(name).withPlatformString { old in
                self.path(new).withPlatformString { Glibc.link(old, $0) }
            }
        }
    }

    func symlink(_ target: String, at name: String) throws {
        try call("symlink", name) { self.path(name).withPlatformString { Glibc.symlink(target, $0) } }
    }

    func changeMode(_ name: String, _ mode: UInt32) throws {
        try call("chmod", name) { self.path(name).withPlatformString { chmod($0, mode) } }
    }

    func changeOwner(_ name: String, _ owner: UInt32, _ group: UInt32) throws {
        try call("lchown", name) { self.path(name).withPlatformString { lchown($0, owner, group) } }
    }

    func makeNode(_ name: String, _ mode: UInt32, _ major: UInt32 = 0, _ minor: UInt32 = 0) throws {
        try call("mknod", name) {
            self.path(name).withPlatformString { clx_mknodat(AT_FDCWD, $0, mode, major, minor) }
        }
    }

    /// Sets an extended attribute.
    ///
    /// - Throws: ``ConformanceSkip`` where the file system has none of that kind.
    func setAttribute(_ name: String, _ attribute: String, _ value: [UInt8]) throws {
        let result = path(name).withPlatformString { lsetxattr($0, attribute, value, value.count, 0) }
        if result == 0 { return }
        if errno == EOPNOTSUPP {
            throw ConformanceSkip(reason: "no attributes \(attribute) on this file system")
        }
        throw SystemCallError("setxattr \(attribute)", name)
    }

    func attribute(_ name: String, _ attribute: String) -> [UInt8]? {
        var value = [UInt8](repeating: 0, count: 1 << 16)
        let size = value.count
        let count = path(name).withPlatformString { lgetxattr($0, attribute, &value, size) }
        return count < 0 ? nil : Array(value[..<count])
    }

    /// Sets the time of modification, and of access.
    func setTime(_ name: String, _ seconds: Int, _ nanoseconds: Int) throws {
        let time = timespec(tv_sec: seconds, tv_nsec: nanoseconds)
        let times = [time, time]
        try call("utimensat", name) {
            self.path(name).withPlatformString { utimensat(AT_FDCWD, $0, times, AT_SYMLINK_NOFOLLOW) }
        }
    }

    func status(_ name: String) throws -> stat {
        var status = stat()
        try call("lstat", name) { self.path(name).withPlatformString { lstat($0, &status) } }
        return status
    }

    private func call(_ name: String, _ subject: String, _ body: () -> Int32) throws {
        if body() != 0 { throw SystemCallError(name, subject) }
    }
}

/// The errno of a failed system call.
func errno(of error: any Error) -> Errno? {
    switch error {
    case let error as SystemCallError: error.errno
    case let error as TreeError: error.errno
    case let error as ExecutableDriverError: error.errno
    default: nil
    }
}
