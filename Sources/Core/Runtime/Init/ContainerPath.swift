internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// Paths that an image or the user chose, resolved inside the container's root by a process that has just entered it.
///
/// Links lead where they lead inside the root, but never over a magic link of /proc (symlink(7), proc(5)): such a
/// link is no path but an open file, which may lie outside of every root. CVE-2024-21626 was of this kind.
enum ContainerPath {
    /// As many links as the kernel follows in one path (path_resolution(7)).
    private static let mostLinks = 40

    /// Opens a path: openat2(2) with RESOLVE_NO_MAGICLINKS, or one component at a time where the kernel lacks it
    /// (before Linux 5.6) or a filter hides it.
    ///
    /// - Throws: ``SystemCallError``; ELOOP for a magic link.
    static func open(_ path: FilePath, _ flags: Int32) throws(SystemCallError) -> Descriptor {
        do {
            return Descriptor(
                owning: try systemCall("open", path) {
                    clx_openat_without_magic_links(AT_FDCWD, $0, flags | O_CLOEXEC)
                })
        } catch  where [.noFunction, .notPermitted].contains(error.errno) {
            return try walk(path, flags)
        }
    }

    /// Opens a directory, after making every component of its path that is missing.
    ///
    /// - Parameter path: absolute.
    /// - Throws: ``SystemCallError``.
    static func openDirectory(making path: FilePath) throws(SystemCallError) -> Descriptor {
        do { return try open(path, clx_O_PATH | O_DIRECTORY) } catch {
            guard error.errno == .noSuchFileOrDirectory, let last = path.components.last else { throw error }
            let parent = try openDirectory(making: path.parent)
            // ".." is there now; and what is there all the same is a link that leads to nothing.
            let isMade = last.withPlatformString { mkdirat(parent.rawValue, $0, 0o755) }
            guard isMade == 0 || cErrno == EEXIST else { throw SystemCallError("mkdir", path) }
            return try open(path, clx_O_PATH | O_DIRECTORY)
        }
    }

    /// What openat2(2) does, by hand: each component is opened as it is, and a link's text is put in its place.
    private static func walk(_ path: FilePath, _ flags: Int32) throws(SystemCallError) -> Descriptor {
        var directory = try Descriptor(path.isAbsolute ? "/" : ".", clx_O_PATH | O_DIRECTORY)
        var rest = Array(path.components.reversed())
        var links = 0
        while let component = rest.popLast() {
            let name = component.withPlatformString { FilePath(platformString: $0) }
            let isLast = rest.isEmpty
            let entry = try Descriptor(name, clx_O_PATH | O_NOFOLLOW, at: directory.rawValue)
            var status = stat()
            try systemCall("stat", path) { _ in fstat(entry.rawValue, &status) }
            guard status.st_mode & S_IFMT == S_IFLNK else {
                if isLast && flags & clx_O_PATH == 0 {
                    return try Descriptor(name, flags | O_NOFOLLOW, at: directory.rawValue)
                }
                if (!isLast || flags & O_DIRECTORY != 0) && status.st_mode & S_IFMT != S_IFDIR {
                    throw SystemCallError("open", path, errno: .notDirectory)
                }
                directory = entry
                continue
            }
            links += 1
            let text = try target(of: entry, path)
            guard links <= mostLinks else {
                throw SystemCallError("open", path, errno: .tooManySymbolicLinkLevels)
            }
            if text.isAbsolute { directory = try Descriptor("/", clx_O_PATH | O_DIRECTORY) }
            rest.append(contentsOf: text.components.reversed())
        }
        if flags & clx_O_PATH != 0 { return directory }
        return try Descriptor(".", flags, at: directory.rawValue)
    }

    /// A link's text; ELOOP for a magic link.
    ///
    /// Those of /proc that are none ("self", "thread-self", "mounts", "net") are relative and have nothing but names.
    private static func target(
        of link: borrowing Descriptor, _ path: FilePath
    ) throws(SystemCallError) -> FilePath {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let size = buffer.count - 1
        let number = link.rawValue
        try systemCall("readlink", path) { _ in readlinkat(number, "", &buffer, size) }
        var system = statfs()
        try systemCall("statfs", path) { _ in fstatfs(number, &system) }
        let special = [UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "(")].map(CChar.init(bitPattern:))
        let isPlain = buffer[0] != special[0] && !buffer.contains { special.dropFirst().contains($0) }
        guard system.f_type != PROC_SUPER_MAGIC || isPlain else {
            throw SystemCallError("open", path, errno: .tooManySymbolicLinkLevels)
        }
        return FilePath(platformString: buffer)
    }

    /// Checks that the current directory lies on the container's own mounts, below its root.
    ///
    /// getcwd(2) begins with "(unreachable)" otherwise (NOTES there).
    ///
    /// - Throws: ``SystemCallError`` with EXDEV.
    static func checkCurrentDirectory() throws(SystemCallError) {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let size = buffer.count
        let isInside = clx_getcwd(&buffer, size) > 0 && buffer[0] == CChar(bitPattern: UInt8(ascii: "/"))
        guard isInside else {
            throw SystemCallError("enter", "the working directory", errno: .improperLink)
        }
    }
}
