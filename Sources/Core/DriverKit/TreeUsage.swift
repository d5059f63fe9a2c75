internal import CLinux
internal import Glibc
package import Host
package import SystemPackage
package import Tree

/// Adds up what directory trees take on disk.
package enum TreeUsage {
    /// The allocated bytes (st_blocks, as du(1) adds them up) and the inodes of the tree at `path`.
    ///
    /// Its root is one of them; each inode counts once however many names it has. Mounts below are not entered,
    /// and no link is followed.
    ///
    /// What vanishes meanwhile is not counted: the tree may be in use.
    package static func measure(_ path: FilePath) throws(TreeError) -> SnapshotUsage {
        do throws(SystemCallError) {
            var walk = try Walk(path)
            while try walk.step() {}
            return walk.usage
        } catch {
            throw TreeError(error, tree: path, path: "")
        }
    }

    /// Whether there are more than so many entries in the tree at `path`; looks at few more than that.
    package static func exceeds(_ entries: Int, in path: FilePath) throws(SystemCallError) -> Bool {
        var walk = try Walk(path, enough: entries)
        while walk.seen <= entries, try walk.step() {}
        return walk.seen > entries
    }

    private struct Walk: ~Copyable {
        private(set) var usage = SnapshotUsage()
        /// How many entries were in the directories that have been read.
        private(set) var seen: Int
        private let enough: Int
        private var directory: Descriptor
        private var levels: [(id: FileID, pending: [DirectoryEntry])]
        private var boundary = MountBoundary()
        private var linked: Set<FileID> = []

        init(_ path: FilePath, enough: Int = .max) throws(SystemCallError) {
            let root = try Descriptor(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            let status = try stat(of: root.rawValue)
            let entries = try DirectoryEntry.all(in: root.rawValue, orMoreThan: enough)
            self.enough = enough
            seen = entries.count
            directory = root
            levels = [(FileID(status), entries)]
            count(status)
        }

        mutating func step() throws(SystemCallError) -> Bool {
            guard let deepest = levels.indices.last else { return false }
            guard let entry = levels[deepest].pending.popLast() else {
                levels.removeLast()
                guard let above = levels.last else { return false }
                guard let parent = try Descriptor.parent(of: directory.rawValue, expected: above.id) else {
                    throw SystemCallError("open", "..", errno: .staleNFSFileHandle)
                }
                directory = parent
                return true
            }
            do throws(SystemCallError) {
                try visit(entry)
            } catch {
                guard Self.isPassedOver(error.errno) else { throw error }
            }
            return true
        }

        private mutating func visit(_ entry: DirectoryEntry) throws(SystemCallError) {
            let status = try stat(of: entry.name, in: directory.rawValue)
            guard status.isDirectory else { return count(status) }
            let child = try boundary.open(entry.name, in: directory.rawValue, O_RDONLY | O_DIRECTORY)
            count(status)
            let entries = try DirectoryEntry.all(in: child.rawValue, orMoreThan: enough)
            seen += entries.count
            levels.append((try FileID(of: child.rawValue), entries))
            directory = child
        }

        /// Gone, replaced by something else, or covered by a mount.
        private static func isPassedOver(_ errno: Errno) -> Bool {
            switch errno {
            case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels, .improperLink: true
            default: false
            }
        }

        private mutating func count(_ status: stat) {
            if !status.isDirectory, status.st_nlink > 1, !linked.insert(FileID(status)).inserted { return }
            // stat(3type): st_blocks counts units of 512 bytes, whatever the file system's block size is.
            usage.bytes += Int64(status.st_blocks) * 512
            usage.inodes += 1
        }
    }
}
