internal import CLinux
internal import DriverKit
internal import Glibc
internal import SystemPackage

/// What the tree of a subvolume says of one inode.
struct Inode {
    /// The transaction of its last change, of whatever kind: every change of a file updates its inode.
    var changed: UInt64 = 0
    var isDirectory = false
    var links: UInt32 = 0
    /// Its names, as far as they have been seen.
    var names: [Name] = []

    /// One name, in a directory.
    struct Name: Hashable {
        let directory: UInt64
        let name: [UInt8]
    }

    /// Whether there can be no more names.
    var isComplete: Bool { links > 0 && names.count >= Int(links) }

    /// Takes in one item of it.
    mutating func add(_ item: TreeSearch.Item) {
        switch item.kind {
        case TreeSearch.Kind.inode:
            // struct btrfs_inode_item: generation, transid; nlink at 40, mode at 52.
            changed = item.integer(at: 8)
            links = item.integer(at: 40)
            let mode: UInt32 = item.integer(at: 52)
            isDirectory = mode & S_IFMT == S_IFDIR
        case TreeSearch.Kind.inodeReference:
            // struct btrfs_inode_ref, as often as it has names in this directory: index, name_len, and the name.
            var place = 0
            while place + 10 <= item.content.count {
                let length = Int(item.integer(at: place + 8) as UInt16)
                names.append(Name(directory: item.offset, name: item.bytes(at: place + 10, count: length)))
                place += 10 + length
            }
        case TreeSearch.Kind.inodeExtraReference:
            // struct btrfs_inode_extref, as often as names have the same hash: parent, index, name_len, and the name.
            var place = 0
            while place + 18 <= item.content.count {
                let length = Int(item.integer(at: place + 16) as UInt16)
                names.append(
                    Name(
                        directory: item.integer(at: place), name: item.bytes(at: place + 18, count: length)))
                place += 18 + length
            }
        default: break
        }
    }
}

/// Looks inodes of one subvolume up.
struct Inodes: ~Copyable {
    private let search: TreeSearch
    /// Where directories are; nil for those that are gone.
    private var places: [UInt64: [UInt8]?] = [Subvolume.rootInode: []]

    init(_ subvolume: borrowing Subvolume) {
        search = TreeSearch(subvolume.directory.rawValue, subvolume.path)
    }

    /// An inode with all of its names; nil if there is none.
    func find(_ number: UInt64) throws(SystemCallError) -> Inode? {
        var inode = Inode()
        try search.run(
            .own, from: (number, TreeSearch.Kind.inode, 0),
            through: (number, TreeSearch.Kind.inodeExtraReference, .max)
        ) { item throws(SystemCallError) in inode.add(item) }
        return inode.links == 0 ? nil : inode
    }

    /// What is in a directory.
    func entries(of number: UInt64) throws(SystemCallError) -> [(number: UInt64, isDirectory: Bool)] {
        var found: [(number: UInt64, isDirectory: Bool)] = []
        try search.run(
            .own, from: (number, TreeSearch.Kind.directoryIndex, 0),
            through: (number, TreeSearch.Kind.directoryIndex, .max)
        ) { item throws(SystemCallError) in
            // struct btrfs_dir_item: the key of what it names; at 29, its type (BTRFS_FT_DIR).
            found.append((item.integer(at: 0), item.integer(at: 29) as UInt8 == 2))
        }
        return found
    }

    /// The path of a directory from the root; nil if it is gone.
    mutating func path(of directory: UInt64) throws(SystemCallError) -> [UInt8]? {
        var climbed: [(number: UInt64, name: [UInt8])] = []
        var next = directory
        while places[next] == nil {
            // Deeper than any path: somebody is renaming directories.
            guard let name = try find(next)?.names.first, climbed.count < 1 << 16 else {
                for step in climbed { places[step.number] = .some(nil) }
                places[next] = .some(nil)
                return nil
            }
            climbed.append((next, name.name))
            next = name.directory
        }
        guard var path = places[next] ?? nil else { return nil }
        for step in climbed.reversed() {
            if !path.isEmpty { path.append(UInt8(ascii: "/")) }
            path += step.name
            places[step.number] = path
        }
        return path
    }
}
