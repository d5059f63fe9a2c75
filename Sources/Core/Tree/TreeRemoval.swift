internal import CLinux
internal import Glibc
public import SystemPackage

/// Removes directory trees.
public enum TreeRemoval {
    /// Removes `path` and everything below it; a path that does not exist is no error.
    ///
    /// Follows no symbolic link and enters no other mount. What cannot be removed does not keep the rest from
    /// being removed.
    ///
    /// - Throws: ``SystemCallError``: the first one; EBUSY for something mounted in the tree.
    public static func remove(_ path: FilePath) throws(SystemCallError) {
        guard let status = Files.status(path) else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else { return try Files.remove(path) }
        var cursor = try DirectoryCursor(path)
        var removal = Walk(device: status.st_dev)
        try removal.empty(&cursor)
        if let failure = removal.failure { throw failure }
        try Files.removeDirectory(path)
    }

    /// One removal on its way.
    private struct Walk {
        let device: dev_t
        private(set) var failure: SystemCallError?

        init(device: dev_t) {
            self.device = device
        }

        /// Removes everything in the cursor's directory, with a stack of its own instead of recursion.
        mutating func empty(_ cursor: inout DirectoryCursor) throws(SystemCallError) {
            var pending = [try unlinkFiles(in: cursor)]
            while let subdirectories = pending.last {
                if let name = subdirectories.last {
                    try descend(into: name, &cursor, &pending)
                    continue
                }
                pending.removeLast()
                guard cursor.depth > 0, let name = pending[pending.count - 1].popLast() else { return }
                try cursor.leave()
                unlink(name, in: cursor, AT_REMOVEDIR)
            }
        }

        /// Enters a subdirectory, unless something else is mounted there.
        private mutating func descend(
            into name: [UInt8], _ cursor: inout DirectoryCursor, _ pending: inout [[[UInt8]]]
        ) throws(SystemCallError) {
            do throws(SystemCallError) {
                try cursor.enter(name)
                guard try cursor.status().st_dev == device else {
                    try cursor.leave()
                    throw SystemCallError("remove", cursor.path(of: name), errno: .resourceBusy)
                }
                pending.append(try unlinkFiles(in: cursor))
            } catch {
                note(error)
                pending[pending.count - 1].removeLast()
            }
        }

        /// Removes what is not a directory; returns the names of the directories.
        private mutating func unlinkFiles(in cursor: borrowing DirectoryCursor) throws(SystemCallError)
            -> [[UInt8]]
        {
            var subdirectories: [[UInt8]] = []
            for entry in try cursor.entries() {
                if entry.type == UInt8(DT_DIR)
                    || entry.type == UInt8(DT_UNKNOWN) && isDirectory(entry.name, in: cursor)
                {
                    subdirectories.append(entry.name)
                } else {
                    unlink(entry.name, in: cursor, 0)
                }
            }
            return subdirectories
        }

        private func isDirectory(_ name: [UInt8], in cursor: borrowing DirectoryCursor) -> Bool {
            (try? cursor.status(of: name)).map { $0.st_mode & S_IFMT } == S_IFDIR
        }

        /// unlinkat(2), again without the immutable and append-only flags if they are in the way.
        private mutating func unlink(_ name: [UInt8], in cursor: borrowing DirectoryCursor, _ flags: Int32) {
            let number = cursor.number
            if name.withFileName({ unlinkat(number, $0, flags) }) == 0 { return }
            var reason = Errno.current
            if reason == .notPermitted {
                TreeRemoval.clearFlags(of: number)
                if let file = try? cursor.open(name, O_RDONLY | O_NONBLOCK) {
                    TreeRemoval.clearFlags(of: file.rawValue)
                }
                if name.withFileName({ unlinkat(number, $0, flags) }) == 0 { return }
                reason = .current
            }
            if reason != .noSuchFileOrDirectory {
                note(SystemCallError("unlink", cursor.path(of: name), errno: reason))
            }
        }

        private mutating func note(_ error: SystemCallError) {
            if failure == nil { failure = error }
        }
    }

    /// Takes FS_IMMUTABLE_FL and FS_APPEND_FL away (ioctl_iflags(2)).
    private static func clearFlags(of file: Int32) {
        var flags: Int32 = 0
        guard clx_get_inode_flags(file, &flags) == 0 else { return }
        let cleared = flags & ~(clx_FS_IMMUTABLE_FL | clx_FS_APPEND_FL)
        if cleared != flags { clx_set_inode_flags(file, cleared) }
    }
}
