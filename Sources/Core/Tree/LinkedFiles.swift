internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// The files of a tree that have more than one name, each with the first name that was met.
///
/// Directories are kept as name and number of the one above: a path for each would need memory with the square
/// of the depth, and could not be used beyond PATH_MAX anyway.
struct LinkedFiles: ~Copyable {
    /// A directory of the tree.
    struct Place: Hashable {
        fileprivate let number: Int

        /// The tree's own root.
        package static let root = Place(number: 0)
    }

    private let rootDirectory: Descriptor
    private var directories: [(name: EntryName, above: Int)] = [(EntryName([]), 0)]
    private var first: [FileID: (name: EntryName, place: Place)] = [:]

    /// For the copy whose root is this open directory.
    init(root: consuming Descriptor) {
        rootDirectory = root
    }

    /// Adds a directory.
    mutating func add(_ name: EntryName, in place: Place) -> Place {
        directories.append((name, place.number))
        return Place(number: directories.count - 1)
    }

    /// Remembers the copy of a file that has more than one name.
    mutating func remember(_ name: EntryName, _ status: stat, at place: Place) {
        guard status.st_nlink > 1 else { return }
        first[FileID(status)] = (name, place)
    }

    /// Makes `name` in the open directory `copy`, which is at `place`, a link to the copy of the same file.
    ///
    /// - Returns: false if there is none yet.
    func link(
        _ name: EntryName, to status: stat, in copy: Int32, at place: Place
    ) throws(SystemCallError) -> Bool {
        guard status.st_nlink > 1, let known = first[FileID(status)] else { return false }
        if known.place == place {
            try systemCall("link") { linkat(copy, known.name.bytes, copy, name.bytes, 0) }
        } else {
            let directory = try open(known.place)
            try systemCall("link") { linkat(directory.rawValue, known.name.bytes, copy, name.bytes, 0) }
        }
        return true
    }

    /// Opens a directory of the copy, one name after the other: no link on the way is followed.
    private func open(_ place: Place) throws(SystemCallError) -> Descriptor {
        var directory = try Descriptor(".", O_RDONLY | O_DIRECTORY, at: rootDirectory.rawValue)
        for name in names(of: place) {
            directory = try MountBoundary.cross(name, in: directory.rawValue, clx_O_PATH | O_DIRECTORY)
        }
        return directory
    }

    private func names(of place: Place) -> [EntryName] {
        var names: [EntryName] = []
        var number = place.number
        while number != Place.root.number {
            names.append(directories[number].name)
            number = directories[number].above
        }
        return names.reversed()
    }

    /// The path of a directory, relative to the root.
    func path(of place: Place) -> FilePath { FilePath(names: names(of: place)) }

    /// The path of an entry of a directory, relative to the root.
    func path(of name: EntryName, in place: Place) -> FilePath { FilePath(names: names(of: place) + [name]) }
}
