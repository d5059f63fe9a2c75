internal import Glibc
package import Host
package import SystemPackage

/// Where things go that nobody should have to wait for: renamed at once, deleted soon.
package struct Trash {
    /// The names of its directories in the store's temporary place begin so.
    package static let prefix = "trash-"

    /// How many entries are removed at once; deleting more than that is left to a process of its own.
    package static let patience = 512

    private let store: Store

    package init(_ store: Store) {
        self.store = store
    }

    /// Moves something of the store out of sight.
    package func put(_ path: FilePath) throws(SystemCallError) {
        let place = try place()
        try place.put(path)
    }

    /// A new place for things to throw away.
    package func place() throws(SystemCallError) -> Place {
        let spare = SpareRoom(store)
        return Place(
            directory: try LiveDirectory.makeUnique(in: store.temporary, store: store, or: spare),
            spare: spare, of: store)
    }

    /// A directory whose content is to be deleted; until something was put in it, its owner's death means that
    /// something may have been left half done elsewhere.
    package struct Place: ~Copyable {
        private let directory: LiveDirectory
        private let spare: SpareRoom
        private let store: Store

        fileprivate init(directory: consuming LiveDirectory, spare: SpareRoom, of store: Store) {
            self.directory = directory
            self.spare = spare
            self.store = store
        }

        /// Where the one thing is that is put here.
        var content: FilePath { directory.path.appending("trash") }

        /// Moves `path` here.
        package borrowing func put(_ path: FilePath) throws(SystemCallError) {
            try Files.rename(path, to: content)
        }

        /// Deletes what was put here, however much it is, to have its room.
        borrowing func makeRoom() throws { try store.remove(directory.path.appending("trash")) }

        /// Deletes what is here, unless that is much: then it is left to ``Cleanup``.
        package consuming func empty() {
            let path = directory.path
            defer { spare.fill() }
            guard (try? store.remove(path, atMost: Trash.patience)) != true else { return }
            let name = FilePath(Trash.prefix + (path.lastComponent?.string ?? ""))
            try? Files.rename(path, to: path.parent.appending(name.components))
        }
    }
}
