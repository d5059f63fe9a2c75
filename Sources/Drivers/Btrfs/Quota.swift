internal import CLinux
internal import DriverKit
internal import Glibc
internal import SystemPackage

/// Quota groups: btrfs counts for each subvolume what it has, and what it has alone.
///
/// A snapshot shares with its parent what it has not changed; so what it has alone is what was written to it. That is what
/// is limited, and not what it has in all, which would count the image.
enum Quota {
    /// Has btrfs count, from now on and rightly.
    static func prepare(in path: FilePath) throws(SystemCallError) {
        let directory = try Descriptor(path, O_RDONLY | O_DIRECTORY)
        let number = directory.rawValue
        let state = try State(number, path)
        if !state.isOn {
            // Counting what is there begins by itself.
            try callBtrfs("enable quotas on the btrfs of", path) { clx_btrfs_enable_quota(number) }
        } else if state.isWrong {
            do throws(SystemCallError) {
                try callBtrfs("count what quotas need on the btrfs of", path) { clx_btrfs_recount(number) }
            } catch {
                // "Operation now in progress": somebody else has begun.
                if error.errno != .nowInProgress { throw error }
            }
        }
        try callBtrfs("wait for quotas on the btrfs of", path) { clx_btrfs_await_count(number) }
        sweep(number, path)
    }

    /// Limits what is written to a subvolume from now on.
    static func limit(_ subvolume: borrowing Subvolume, to bytes: UInt64) throws(SystemCallError) {
        let number = subvolume.directory.rawValue
        let id = subvolume.information.id
        try subvolume.sync()
        let before = try counts(number, subvolume.path).first { $0.id == id }?.alone ?? 0
        try callBtrfs("limit the size of", subvolume.path) {
            clx_btrfs_limit(number, id, bytes.addingReportingOverflow(before).partialValue)
        }
    }

    /// Removes the group of a subvolume that was destroyed, and those of others before it that could not be removed then.
    static func forget(_ id: UInt64, in path: FilePath) {
        guard let directory = try? Descriptor(path, O_RDONLY | O_DIRECTORY) else { return }
        forget(id, on: directory.rawValue)
        sweep(directory.rawValue, path)
    }

    /// Removes the group of a subvolume that was destroyed.
    ///
    /// Without quotas there is none (ENOTCONN). Newer kernels keep it until all of the subvolume is gone (EBUSY), and
    /// remove it then by themselves.
    static func forget(_ id: UInt64, on file: Int32) {
        _ = clx_btrfs_remove_group(file, id)
    }

    /// Removes the groups that count nothing and whose subvolumes are gone.
    private static func sweep(_ file: Int32, _ path: FilePath) {
        guard let groups = try? counts(file, path) else { return }
        for group in groups where group.all == 0 && group.alone == 0 {
            if (try? Room.isThere(group.id, file, path)) == false { forget(group.id, on: file) }
        }
    }

    /// What the groups of subvolumes count.
    private static func counts(
        _ file: Int32, _ path: FilePath
    ) throws(SystemCallError) -> [(id: UInt64, all: UInt64, alone: UInt64)] {
        var found: [(id: UInt64, all: UInt64, alone: UInt64)] = []
        let last = (UInt64(1) << 48) - 1
        try TreeSearch(file, path).run(
            .quotas, from: (0, TreeSearch.Kind.quotaCount, Subvolume.rootInode),
            through: (0, TreeSearch.Kind.quotaCount, last)
        ) { item throws(SystemCallError) in
            // struct btrfs_qgroup_info_item: generation, rfer, rfer_cmpr, excl.
            found.append((item.offset, item.integer(at: 8), item.integer(at: 24)))
        }
        return found
    }

    /// Whether btrfs counts, as the tree of quotas says.
    private struct State {
        private var flags: UInt64 = 0

        /// BTRFS_QGROUP_STATUS_FLAG_ON.
        var isOn: Bool { flags & 1 != 0 }
        /// BTRFS_QGROUP_STATUS_FLAG_INCONSISTENT, without _SIMPLE_MODE, in which nothing is counted anew.
        var isWrong: Bool { flags & 4 != 0 && flags & 8 == 0 }

        init(_ file: Int32, _ path: FilePath) throws(SystemCallError) {
            var flags: UInt64 = 0
            do throws(SystemCallError) {
                try TreeSearch(file, path).run(
                    .quotas, from: (0, TreeSearch.Kind.quotaStatus, 0),
                    through: (0, TreeSearch.Kind.quotaStatus, 0)
                ) { item throws(SystemCallError) in flags = item.integer(at: 16) }
            } catch {
                // There is no such tree.
                if error.errno != .noSuchFileOrDirectory { throw error }
            }
            self.flags = flags
        }
    }
}
