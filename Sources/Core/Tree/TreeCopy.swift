internal import Host
public import SystemPackage

/// Copies directory trees exactly.
public enum TreeCopy {
    /// Makes the empty directory `destination` a copy of the directory `source`, its root included.
    ///
    /// ## What is the same
    /// Content with its holes, links between files of the tree, symbolic links, pipes, sockets and devices,
    /// owner, mode, extended attributes (POSIX ACLs and capabilities are some), access and modification times,
    /// and names byte for byte. Data is shared with the source where the file system can (FICLONE,
    /// ioctl_ficlone(2)), which is found out with the first file.
    ///
    /// Attributes outside of `user.`, `trusted.`, `security.` and the ACLs belong to a file system
    /// (`btrfs.compression`): they are copied if the one of the copy takes them.
    ///
    /// ## What is not
    /// The times of creation and of status change, and inode flags (chattr(1)).
    ///
    /// Mounts below `source` are not entered: a directory with something mounted on it becomes an empty one, a
    /// file an empty file, both with the owner, mode, attributes and times of what is mounted there (what is
    /// beneath cannot be seen). So neither /proc nor a secret bound into a tree ends up in a copy of it.
    ///
    /// ## How
    /// `source` may itself be a symbolic link to a directory, `destination` may not. Below them no link is
    /// followed, whoever changes the trees meanwhile: everything is opened relative to its directory with
    /// O_NOFOLLOW. Has one directory of each tree open and does not recurse, so that no depth is too deep. Writes nothing to
    /// disk explicitly (no fsync). Needs /proc for attributes of what cannot be opened.
    ///
    /// Stops at the first error and leaves what is there to the caller. May be called from any thread.
    public static func copy(_ source: FilePath, into destination: FilePath) throws(TreeError) {
        var copier: TreeCopier
        do throws(SystemCallError) {
            copier = try TreeCopier(source, destination)
        } catch {
            throw TreeError(error, tree: source, path: "")
        }
        try copier.run()
    }
}
