internal import CLinux
internal import DriverKit
internal import SystemPackage

/// What a snapshot has that its parent has not.
enum OwnSpace {
    /// The disk space of the data that was written since, each extent once, and the inodes that were made or changed.
    static func measure(_ pair: borrowing SnapshotPair) throws(SystemCallError) -> SnapshotUsage {
        var usage = SnapshotUsage()
        var extents: Set<UInt64> = []
        let since = pair.since
        try pair.searchChanges { item throws(SystemCallError) in
            switch item.kind {
            case TreeSearch.Kind.inode:
                // struct btrfs_inode_item: transid at 8, nlink at 40.
                if item.integer(at: 8) >= since, item.integer(at: 40) as UInt32 > 0 { usage.inodes += 1 }
            case TreeSearch.Kind.extent:
                // struct btrfs_file_extent_item: generation; type at 20, then the data itself or where it is on disk.
                guard item.integer(at: 0) >= since else { return }
                let isInline = item.integer(at: 20) as UInt8 == 0
                let place: UInt64 = item.integer(at: 21)
                if isInline {
                    // As st_blocks has it.
                    usage.bytes += (Int64(item.content.count) - 21 + 511) / 512 * 512
                } else if place != 0, extents.insert(place).inserted {
                    usage.bytes += item.integer(at: 29) as Int64
                }
            default: break
            }
        }
        return usage
    }
}
