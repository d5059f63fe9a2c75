public import SystemPackage

/// Where the log of a container is.
///
/// `container.log` in the container's directory is being written; `container.log.1` is what was before it, and so on.
/// Directories of containers move: whoever writes or reads a log holds its directory open.
public enum ContainerLog {
    static let fileName = "container.log"

    /// The log that is being written, of the container in this directory.
    public static func path(in directory: FilePath) -> FilePath {
        directory.appending(FilePath(fileName).components)
    }

    /// The name of the file that was finished `age` rotations ago; 0 for the one that is being written.
    static func name(_ age: Int) -> String { age == 0 ? fileName : "\(fileName).\(age)" }
}
