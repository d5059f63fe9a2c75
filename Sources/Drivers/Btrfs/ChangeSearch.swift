internal import CLinux
internal import DriverKit
internal import SystemPackage

/// Finds the directories in which something was changed since a snapshot was made.
///
/// Every change of a file updates its inode, which says in which transaction that was (fs/btrfs/inode.c,
/// fill_inode_item), and every change of an entry updates the directory's. Trees are never changed in place, so that the
/// search passes over all leaves that are the parent's still: it costs as much as was changed.
struct ChangeSearch: ~Copyable {
    private let pair: SnapshotPair
    private var inodes: Inodes
    private var found: Set<[UInt8]> = []

    init(_ pair: consuming SnapshotPair) {
        inodes = Inodes(pair.snapshot)
        self.pair = pair
    }

    /// The directories; nil if they cannot be known.
    ///
    /// A directory that is in none of these is the same on the same path in the parent: it and those above it were neither
    /// changed nor renamed, nor were the files in it.
    consuming func directories() throws(SystemCallError) -> Set<FilePath>? {
        guard let changed = try changedInodes() else { return nil }
        let parent = Inodes(pair.parent)
        for (number, seen) in changed {
            guard let inode = try seen.isComplete ? seen : inodes.find(number) else { continue }
            if !inode.isDirectory {
                for name in inode.names { try add(name.directory) }
                continue
            }
            try add(number)
            // Under another name than the parent's, all below it is too, though it was not changed.
            if let old = try parent.find(number), old.names.first != inode.names.first {
                try addAll(below: number)
            }
        }
        return Set(
            found.map { path in FilePath(platformString: path.map(CChar.init(bitPattern:)) + [0]) })
    }

    /// What was changed, by number; nil if a subvolume was made: all that is in it is new, but none of this tree.
    private func changedInodes() throws(SystemCallError) -> [UInt64: Inode]? {
        var seen: [UInt64: Inode] = [:]
        var changed: Set<UInt64> = []
        var hasSubvolume = false
        let since = pair.since
        try pair.searchChanges { item throws(SystemCallError) in
            switch item.kind {
            case TreeSearch.Kind.inode:
                seen[item.object, default: Inode()].add(item)
                if item.integer(at: 8) >= since { changed.insert(item.object) }
            case TreeSearch.Kind.inodeReference, TreeSearch.Kind.inodeExtraReference:
                seen[item.object, default: Inode()].add(item)
            case TreeSearch.Kind.directoryIndex:
                // struct btrfs_dir_item: the key of what it names, the type at 8; the transaction at 17.
                if item.integer(at: 8) as UInt8 == UInt8(TreeSearch.Kind.root) { hasSubvolume = true }
                if item.integer(at: 17) >= since { changed.insert(item.object) }
            case TreeSearch.Kind.attribute: if item.integer(at: 17) >= since { changed.insert(item.object) }
            // struct btrfs_file_extent_item: the transaction first.
            case TreeSearch.Kind.extent: if item.integer(at: 0) >= since { changed.insert(item.object) }
            default: break
            }
        }
        return hasSubvolume
            ? nil
            : seen.filter { changed.contains($0.key) }.merging(
                changed.filter { seen[$0] == nil }.map { ($0, Inode()) }
            ) { one, _ in one }
    }

    private mutating func add(_ directory: UInt64) throws(SystemCallError) {
        if let path = try inodes.path(of: directory) { found.insert(path) }
    }

    /// Adds what is in a directory whose path is another one now, and the directories of other names of files in it: one
    /// file has names that it had not.
    private mutating func addAll(below directory: UInt64) throws(SystemCallError) {
        var pending = [directory]
        while let next = pending.popLast() {
            try add(next)
            for entry in try inodes.entries(of: next) {
                if entry.isDirectory {
                    pending.append(entry.number)
                } else if let file = try inodes.find(entry.number), file.links > 1 {
                    for name in file.names { try add(name.directory) }
                }
            }
        }
    }
}
