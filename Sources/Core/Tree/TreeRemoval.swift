internal import Host
public import SystemPackage

/// Removes directory trees.
public enum TreeRemoval {
    /// Removes `path`, and everything below it if it is a directory; nothing there is no error.
    ///
    /// - Never follows a symbolic link below the directory that holds `path`, whoever changes the tree meanwhile.
    /// - Never gets into another mount: one in the way is ``TreeError/mounted(tree:path:)``.
    /// - Goes on after an error, removes what can be removed, and throws the first error in the end.
    /// - Takes away the immutable and append-only flags (chattr(1)) of what they keep from being removed.
    /// - Has one directory open and does not recurse, so that no depth is too deep.
    ///
    /// May be called from any thread.
    public static func remove(_ path: FilePath) throws(TreeError) {
        _ = try remove(path, atMost: .max)
    }

    /// Removes `path` as ``remove(_:)`` does, but stops after so many entries.
    ///
    /// - Returns: whether it is all gone.
    package static func remove(_ path: FilePath, atMost entries: Int) throws(TreeError) -> Bool {
        guard let name = path.lastComponent, name.kind == .regular else {
            throw .failed(call: "unlink", tree: path, path: "", errno: .invalidArgument)
        }
        var remover: TreeRemover
        do throws(SystemCallError) {
            remover = try TreeRemover(path, name: EntryName(name))
        } catch {
            if error.errno == .noSuchFileOrDirectory { return true }
            throw TreeError(error, tree: path, path: "")
        }
        return try remover.run(atMost: entries)
    }
}
