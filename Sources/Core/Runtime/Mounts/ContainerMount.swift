package import Mount
package import SystemPackage

/// Something that is mounted in a container besides its root and what the kernel shows: a directory or file of the host, a
/// volume, a file system in memory.
public struct ContainerMount: Sendable, Equatable {
    /// What is mounted.
    package enum Source: Sendable, Equatable {
        /// What is at a path of the host; or at a path in there, which leads over no link.
        case host(FilePath, inside: FilePath?)
        /// A new file system in memory, with options of tmpfs(5): "size=64m,mode=700".
        case memory(options: String)
    }

    /// How far it cannot be written to.
    package enum ReadOnly: Int, Sendable {
        /// It can.
        case no
        /// Nor can what is mounted below it, where the kernel can do that (5.12).
        case yes
        /// What is mounted below it can.
        case alone
        /// Nor can what is mounted below it, or it is an error.
        case throughout
    }

    package var source: Source
    /// Where in the container: an absolute path.
    package var target: FilePath
    package var readOnly = ReadOnly.no
    /// What else is denied.
    package var denied: MountTree.Denial = []
    /// Who sees what is mounted below it later on.
    package var propagation = MountTree.Propagation.isPrivate
    /// True if that is said of what is mounted below it, too.
    package var propagatesBelow = true
    /// True to show what is mounted below the host's directory.
    package var isRecursive = true

    package init(_ source: Source, at target: FilePath) {
        self.source = source
        self.target = target
    }

    /// What messages call it.
    var name: String {
        switch source {
        case .host(let path, nil): "\(path) on \(target)"
        case .host(let path, let inside?): "\(path)/\(inside) on \(target)"
        case .memory: "tmpfs on \(target)"
        }
    }
}
