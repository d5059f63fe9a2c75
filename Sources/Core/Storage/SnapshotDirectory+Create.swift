internal import CLinux
internal import Glibc
internal import SystemPackage

extension SnapshotDirectory {
    /// Makes the snapshot's directory and its layer directory, whose mode and owner are those of `parent`
    /// because a union shows the uppermost layer's.
    func create(on parent: FilePath?) throws(SystemCallError) {
        try Files.makeDirectory(path, mode: 0o700)
        try Files.makeDirectory(layer)
        if let parent { try takeRoot(from: parent) }
    }

    /// Gives the layer directory the mode, owner, times, and attributes of the one at `parent`, except `trusted.`
    /// ones, which may be marks of the parent's file system.
    func takeRoot(from parent: FilePath) throws(SystemCallError) {
        let source = try Descriptor(parent, O_RDONLY | O_DIRECTORY)
        let copy = try Descriptor(layer, O_RDONLY | O_DIRECTORY)
        try Metadata.apply(
            try stat(of: source.rawValue), from: source.rawValue, to: copy.rawValue, except: "trusted.")
    }

    /// Writes everything on the file system of `path` to disk (syncfs(2)): one call, however many files.
    static func sync(_ path: FilePath) throws(SystemCallError) {
        let root = try Descriptor(path, O_RDONLY | O_DIRECTORY)
        let number = root.rawValue
        try systemCall("syncfs", path.string) { clx_syncfs(number) }
    }

    /// Writes the names in a directory to disk (fsync(2)).
    static func syncEntries(of path: FilePath) throws(SystemCallError) {
        let root = try Descriptor(path, O_RDONLY | O_DIRECTORY)
        let number = root.rawValue
        try systemCall("fsync", path.string) { fsync(number) }
    }
}
