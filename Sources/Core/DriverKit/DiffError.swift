public import Host
internal import SystemPackage

/// What goes wrong when two states of a root file system are compared.
public enum DiffError: Explained, Equatable {
    /// A system call failed at `path` in one of the trees.
    case failed(path: String, SystemCallError)
    /// The directory or file at `path` takes content of a lower layer from another name, or leaves it there: the
    /// layer alone does not tell what has changed.
    case notSelfContained(path: String)

    /// What the user is told.
    public var explanation: Explanation {
        switch self {
        case .failed(let path, let error):
            Explanation(
                "cannot compare \"\(path.printable)\": \(error.explanation.problem)",
                remedy: error.errno == .noSuchFileOrDirectory
                    ? "it was changed meanwhile: try again when nobody does" : error.errno.remedy)
        case .notSelfContained(let path):
            Explanation(
                "\"\(path.printable)\" refers to content of another layer by a name of its own",
                remedy: "use a kernel or mount options without redirects and metadata-only copies")
        }
    }
}
