public import Host
public import SystemPackage

/// What goes wrong when a directory tree is copied or removed.
public enum TreeError: Explained, Equatable {
    /// A system call failed at `path`, which is relative to `tree` (and empty for the tree's own root).
    case failed(call: String, tree: FilePath, path: FilePath, errno: Errno)
    /// Something is mounted at `path`, which therefore cannot be removed.
    case mounted(tree: FilePath, path: FilePath)
    /// The directory at `path` was moved or replaced by someone else in the middle of the work.
    case moved(tree: FilePath, path: FilePath)
    /// The tree to be copied contains the place that the copy is written to.
    case containsItsCopy(tree: FilePath, path: FilePath)

    /// The reason, as an errno.
    public var errno: Errno {
        switch self {
        case .failed(_, _, _, let errno): errno
        case .mounted: .resourceBusy
        case .moved: .staleNFSFileHandle
        case .containsItsCopy: .invalidArgument
        }
    }

    /// What the user is told.
    public var explanation: Explanation {
        switch self {
        case .failed(let call, let tree, let path, let errno):
            Explanation("\(call) \(tree.pushing(path)): \(errno)", remedy: errno.remedy)
        case .mounted(let tree, let path):
            Explanation(
                "cannot remove \(tree.pushing(path)): something is mounted there", remedy: "unmount it first")
        case .moved(let tree, let path):
            Explanation(
                "\(tree.pushing(path)) was moved or replaced meanwhile",
                remedy: "try again when nobody changes it")
        case .containsItsCopy(let tree, let path):
            Explanation(
                "cannot copy \(tree) into \(path), which is inside of it",
                remedy: "choose a --root outside of \(tree)")
        }
    }
}

extension TreeError {
    /// The error of a call, at its place.
    package init(_ error: SystemCallError, tree: FilePath, path: FilePath) {
        let call = error.subject.map { "\(error.call) (\($0))" } ?? error.call
        self = .failed(call: call, tree: tree, path: path, errno: error.errno)
    }
}
