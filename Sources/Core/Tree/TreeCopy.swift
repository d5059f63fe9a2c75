internal import CLinux
internal import Glibc
public import SystemPackage

/// Copies directory trees exactly: content with its holes, hard links, owners, modes, extended attributes, ACLs
/// and times, of every type of file.
///
/// The order is the one that works: content, then chown (which clears setuid and capabilities), chmod, attributes,
/// times; a directory's times last, when nothing more is made in it. Nothing is synced: that is for whoever
/// publishes the copy.
public enum TreeCopy {
    /// Copies what is in the directory `source`, and its own metadata, into the empty directory `destination`.
    ///
    /// Follows no symbolic link below the two. What is mounted below `source` is left out: its mount point becomes
    /// an empty directory. Nobody else may change the source meanwhile.
    ///
    /// - Throws: ``SystemCallError``; what was copied before stays.
    public static func copy(_ source: FilePath, into destination: FilePath) throws(SystemCallError) {
        var walk = Walk(
            source: try DirectoryCursor(source, followingLink: true),
            target: try DirectoryCursor(destination),
            root: try Descriptor(destination, clx_O_PATH | O_DIRECTORY))
        let result = walk.run()
        walk.attributes.deallocate()
        if let failure = result { throw failure }
    }

    /// One copy on its way.
    private struct Walk: ~Copyable {
        var source: DirectoryCursor
        var target: DirectoryCursor
        let attributes = ExtendedAttributes()
        private var files = FileCopy()
        private var device: dev_t = 0
        /// The first copy of each file that has several names.
        private var links: [ino_t: Place] = [:]
        private let targetRoot: Descriptor

        private enum Place {
            /// Its path from the root of the copy.
            case path([UInt8])
            /// A descriptor, for a path that is too long for a system call.
            case descriptor(Int32)
        }

        init(source: consuming DirectoryCursor, target: consuming DirectoryCursor, root: consuming Descriptor)
        {
            self.source = source
            self.target = target
            targetRoot = root
        }

        deinit {
            for case .descriptor(let descriptor) in links.values { close(descriptor) }
        }

        /// The path of something in the target's directory, or of itself, for messages.
        private func path(_ name: [UInt8]) -> String {
            target.path(of: name).string
        }

        /// - Returns: what went wrong, nil if nothing did.
        mutating func run() -> SystemCallError? {
            do {
                try copyTree()
                return nil
            } catch {
                return error
            }
        }

        private mutating func copyTree() throws(SystemCallError) {
            device = try source.status().st_dev
            var pending = [try copyFiles()]
            while var subdirectories = pending.popLast() {
                if let name = subdirectories.popLast() {
                    pending.append(subdirectories)
                    try makeDirectory(name)
                    try source.enter(name)
                    try target.enter(name)
                    pending.append(try source.status().st_dev == device ? copyFiles() : [])
                } else {
                    try finishDirectory()
                    guard source.depth > 0 else { return }
                    try source.leave()
                    try target.leave()
                }
            }
        }

        /// Copies what is not a directory; returns the names of the directories.
        private mutating func copyFiles() throws(SystemCallError) -> [[UInt8]] {
            var subdirectories: [[UInt8]] = []
            for entry in try source.entries() {
                let status = try source.status(of: entry.name)
                if status.st_mode & S_IFMT == S_IFDIR {
                    subdirectories.append(entry.name)
                } else {
                    try copyFile(entry.name, status)
                }
            }
            return subdirectories
        }

        private func makeDirectory(_ name: [UInt8]) throws(SystemCallError) {
            let number = target.number
            try systemCall("mkdir", path(name)) { name.withFileName { mkdirat(number, $0, 0o700) } }
        }

        private mutating func copyFile(_ name: [UInt8], _ status: stat) throws(SystemCallError) {
            if status.st_nlink > 1, try link(name, status.st_ino) { return }
            let number = target.number
            switch status.st_mode & S_IFMT {
            case S_IFREG:
                let from = try source.open(name, O_RDONLY | O_NONBLOCK)
                let to = try target.open(name, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
                // By itself, because naming the path for an error needs the rest of `self`.
                var files = self.files
                defer { self.files = files }
                try files.copy(from.rawValue, to: to.rawValue, size: status.st_size) { path(name) }
            case S_IFLNK:
                let link = try readLink(name)
                try systemCall("symlink", path(name)) {
                    link.withFileName { link in name.withFileName { symlinkat(link, number, $0) } }
                }
            default:
                try systemCall("mknod", path(name)) {
                    name.withFileName { mknodat(number, $0, status.st_mode & S_IFMT | 0o600, status.st_rdev) }
                }
            }
            try setMetadata(name, status)
            if status.st_nlink > 1 { links[status.st_ino] = try place(of: name) }
        }

        private func place(of name: [UInt8]) throws(SystemCallError) -> Place {
            let path = target.relativePath(of: name)
            return path.count < Int(PATH_MAX)
                ? .path(path) : .descriptor(try target.open(name, clx_O_PATH).take())
        }

        /// linkat(2) to the first copy of the same file; false if this is the first.
        private func link(_ name: [UInt8], _ inode: ino_t) throws(SystemCallError) -> Bool {
            guard let first = links[inode] else { return false }
            let number = target.number
            let root = targetRoot.rawValue
            try systemCall("link", path(name)) {
                switch first {
                case .path(let path):
                    path.withFileName { path in name.withFileName { linkat(root, path, number, $0, 0) } }
                case .descriptor(let descriptor):
                    Array("/proc/self/fd/\(descriptor)".utf8).withFileName { path in
                        name.withFileName { linkat(AT_FDCWD, path, number, $0, AT_SYMLINK_FOLLOW) }
                    }
                }
            }
            return true
        }

        private func readLink(_ name: [UInt8]) throws(SystemCallError) -> [UInt8] {
            var link = [CChar](repeating: 0, count: Int(PATH_MAX))
            let number = source.number
            let count = try systemCall("readlink", source.path(of: name).string) {
                name.withFileName { readlinkat(number, $0, &link, link.count) }
            }
            return link[..<count].map(UInt8.init(bitPattern:))
        }

        private func setMetadata(_ name: [UInt8], _ status: stat) throws(SystemCallError) {
            let number = target.number
            try systemCall("chown", path(name)) {
                name.withFileName { fchownat(number, $0, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) }
            }
            if status.st_mode & S_IFMT != S_IFLNK {
                try systemCall("chmod", path(name)) {
                    name.withFileName { fchmodat(number, $0, status.st_mode & 0o7777, 0) }
                }
            }
            try attributes.copy(
                Array("/proc/self/fd/\(source.number)/".utf8) + name,
                to: Array("/proc/self/fd/\(number)/".utf8) + name)
            let times = [status.st_atim, status.st_mtim]
            try systemCall("utimensat", path(name)) {
                name.withFileName { utimensat(number, $0, times, AT_SYMLINK_NOFOLLOW) }
            }
        }

        /// Gives the target's directory the metadata of the source's; it is full now.
        private func finishDirectory() throws(SystemCallError) {
            let status = try source.status()
            let number = target.number
            try systemCall("fchown", path([])) { fchown(number, status.st_uid, status.st_gid) }
            try systemCall("fchmod", path([])) { fchmod(number, status.st_mode & 0o7777) }
            let here = Array("/.".utf8)
            try attributes.copy(
                Array("/proc/self/fd/\(source.number)".utf8) + here,
                to: Array("/proc/self/fd/\(number)".utf8) + here)
            let times = [status.st_atim, status.st_mtim]
            try systemCall("futimens", path([])) { futimens(number, times) }
        }
    }
}
