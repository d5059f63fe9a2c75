internal import CLinux
internal import DriverKit
internal import Glibc
internal import SystemPackage

/// A subvolume in another one, as the tree of roots knows it.
struct NestedSubvolume {
    let id: UInt64
    /// The directory that holds it, of the subvolume around it.
    let directory: UInt64
    let name: [UInt8]
}

extension Subvolume {
    /// Destroys the subvolume at `path`, if there is one, and closes it: as long as it is open it stays.
    ///
    /// - Returns: the number that it had.
    static func destroy(at path: FilePath) throws(SystemCallError) -> UInt64? {
        guard let subvolume = try Subvolume(path) else { return nil }
        try subvolume.destroy()
        return subvolume.information.id
    }

    /// Destroys the subvolume with those in it, which any user of a container can have made.
    ///
    /// They are found in the tree of roots and named by their numbers: no directory is walked, and no link followed.
    func destroy() throws(SystemCallError) {
        let above = try Self.directory(above: path)
        let (number, name) = (above.rawValue, Self.name(path))
        while true {
            do throws(SystemCallError) {
                try callBtrfs("destroy the subvolume", path) { clx_btrfs_destroy(number, name) }
                return
            } catch {
                // "Directory not empty": that is what the kernel says of one with others in it.
                guard error.errno == .directoryNotEmpty else { throw error }
                let nested = try nested(in: information.id)
                if nested.isEmpty { throw error }
                try destroy(nested)
            }
        }
    }

    /// Destroys subvolumes of this one, the innermost first.
    private func destroy(_ nested: [NestedSubvolume]) throws(SystemCallError) {
        try setReadOnly(false)
        let number = directory.rawValue
        // Of one that is on the list twice, those in it are gone the second time.
        var pending = nested.map { (id: $0.id, isEmptied: false) }
        while let next = pending.popLast() {
            if !next.isEmptied {
                pending.append((next.id, true))
                let inner = try self.nested(in: next.id)
                if !inner.isEmpty {
                    // What is read-only keeps those in it.
                    let root = try open(Self.rootInode, of: next.id)
                    let inside = root.rawValue
                    try callBtrfs("make writable", path) { clx_btrfs_set_read_only(inside, 0) }
                    pending += inner.map { ($0.id, false) }
                }
                continue
            }
            do throws(SystemCallError) {
                try callBtrfs("destroy a subvolume in", path) { clx_btrfs_destroy_number(number, next.id) }
            } catch {
                if error.errno != .noSuchFileOrDirectory { throw error }
            }
            Quota.forget(next.id, on: number)
        }
    }

    /// The subvolumes right in the one with this number.
    func nested(in id: UInt64) throws(SystemCallError) -> [NestedSubvolume] {
        var found: [NestedSubvolume] = []
        try TreeSearch(directory.rawValue, path).run(
            .roots, from: (id, TreeSearch.Kind.rootReference, 0),
            through: (id, TreeSearch.Kind.rootReference, .max)
        ) { item throws(SystemCallError) in
            // struct btrfs_root_ref: dirid, sequence, name_len, and the name.
            found.append(
                NestedSubvolume(
                    id: item.offset, directory: item.integer(at: 0),
                    name: item.bytes(at: 18, count: Int(item.integer(at: 16) as UInt16))))
        }
        return found
    }

    /// Opens a directory of a subvolume by its inode number.
    func open(_ inode: UInt64, of id: UInt64) throws(SystemCallError) -> Descriptor {
        let number = directory.rawValue
        return Descriptor(
            owning: try callBtrfs("open a directory in", path) { clx_btrfs_open(number, id, inode) })
    }

    /// Makes the subvolumes in it plain directories of the same content.
    func flatten() throws {
        for inner in try nested(in: information.id) {
            let holder = try open(inner.directory, of: information.id)
            let place = FilePath("/proc/self/fd/\(holder.rawValue)")
            let name = inner.name.map(CChar.init(bitPattern:)) + [0]
            let old = place.appending(FilePath(platformString: name).components)
            let new = place.appending(".mydocker-\(inner.id)")
            // Left by one who died at this.
            try TreeRemoval.remove(new)
            var times = stat()
            try callBtrfs("fstat", path) { fstat(holder.rawValue, &times) }
            try Files.makeDirectory(new)
            let copy = SnapshotDirectory(plain: new)
            try copy.takeRoot(from: old)
            try TreeCopy.copy(old, into: new)
            let number = holder.rawValue
            try callBtrfs("rename", old) {
                new.withPlatformString { clx_renameat2(number, name, AT_FDCWD, $0, clx_RENAME_EXCHANGE) }
            }
            try destroy([inner])
            try callBtrfs("futimens", path) { futimens(number, [times.st_atim, times.st_mtim]) }
        }
    }
}
