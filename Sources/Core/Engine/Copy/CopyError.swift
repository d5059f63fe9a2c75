public import Host

/// What goes wrong when files are copied between a container and the host.
public enum CopyError: Explained, Equatable {
    /// Neither side, or both, is a container.
    case needsOneContainer
    /// A path that is not there, or cannot be opened.
    case unreachable(path: String, SystemCallError)
    /// A directory is to be copied to something that is none.
    case directoryToFile(source: String, target: String)
    /// The target is to be a directory, and is not.
    case notDirectory(path: String)
    /// Links that lead to each other.
    case linksInCircle(path: String)
    /// The owner of a file is nobody in the container, whose users are its own.
    case nobody(name: String, owner: UInt32, group: UInt32)

    /// What the user is told.
    public var explanation: Explanation {
        switch self {
        case .needsOneContainer:
            Explanation(
                "exactly one side has to be in a container",
                remedy: "write CONTAINER:PATH for that side; a local path with a colon begins with ./")
        case .unreachable(let path, let error):
            Explanation("cannot open \"\(path.printable)\": \(error.errno)", remedy: error.errno.remedy)
        case .directoryToFile(let source, let target):
            Explanation(
                "cannot copy the directory \"\(source.printable)\" to the file \"\(target.printable)\"")
        case .notDirectory(let path):
            Explanation("\"\(path.printable)\" is not a directory", remedy: "make it first")
        case .nobody(let name, let owner, let group):
            Explanation(
                "\(name.printable) belongs to \(owner):\(group), and there is no such user or group in the container",
                remedy: "leave out --archive, and it will be root's")
        case .linksInCircle(let path):
            Explanation("\"\(path.printable)\" leads to itself through symbolic links")
        }
    }
}
