internal import Glibc
internal import Host
public import Logging
public import Storage
internal import SystemPackage

/// Copies files between a container, running or kept, and the host: `mydocker cp`.
///
/// Paths in the container are resolved as the container would: no link leads out of its root. What is mounted in a
/// running container is there too; what is mounted below a tree that is copied is left out.
public struct ContainerCopy {
    /// One side of a copy.
    public enum Side: Sendable, Equatable {
        /// A path in a container.
        case container(String, path: String)
        /// A path on the host.
        case local(String)
        /// A tar archive on the standard input or output.
        case stream

        /// Reads "CONTAINER:PATH", "PATH" or "-"; a path that begins with `/` or `.` is one on the host.
        public init(_ text: String) {
            if text == "-" {
                self = .stream
            } else if !text.hasPrefix("/"), !text.hasPrefix("."), let colon = text.firstIndex(of: ":") {
                let path = text[text.index(after: colon)...]
                // In a container, a relative path starts at the root.
                self = .container(
                    String(text[..<colon]), path: path.hasPrefix("/") ? String(path) : "/\(path)")
            } else {
                self = .local(text)
            }
        }
    }

    private let store: Store
    private let logger: Logger

    /// Copies with the containers of this store.
    public init(store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Copies `source` to `target`.
    ///
    /// - Parameters:
    ///   - follows: if the source is a link, what it leads to is copied.
    ///   - keepsOwners: the copies belong to whom the originals do; else to root in a container, and to the caller on
    ///     the host.
    /// - Throws: an ``Explained`` error; what has been copied before stays.
    public func copy(_ source: Side, to target: Side, follows: Bool, keepsOwners: Bool) throws {
        var copy = FileCopy(logger: logger)
        copy.follows = follows
        copy.keepsOwners = keepsOwners
        switch (source, target) {
        case (.container(let name, let path), .local(let local)):
            copy.owner = (getuid(), getgid())
            try inContainer(name) { [copy] in
                try copy.copy(path.copyPath, in: $0, to: local.copyPath, in: CopyRoot(directory: nil))
            }
        case (.container(let name, let path), .stream):
            try inContainer(name) { [copy] in try copy.write(path.copyPath, in: $0, to: STDOUT_FILENO) }
        case (.local(let local), .container(let name, let path)):
            try inContainer(name) { [copy] in
                try copy.copy(local.copyPath, in: CopyRoot(directory: nil), to: path.copyPath, in: $0)
            }
        case (.stream, .container(let name, let path)):
            // An archive says whose its files are.
            copy.keepsOwners = true
            try inContainer(name) { [copy] in
                try copy.unpack(from: STDIN_FILENO, to: path.copyPath, in: $0)
            }
        default: throw CopyError.needsOneContainer
        }
    }

    private func inContainer(
        _ name: String, _ body: @escaping @Sendable (CopyRoot) throws -> Void
    ) throws {
        let root = try ContainerRoot.find(name, in: store)
        let users = root.isRunning ? root.record.spec?.users : nil
        try root.withRoot { try body(CopyRoot(directory: $0.rawValue, users: users)) }
    }
}

extension String {
    fileprivate var copyPath: CopyPath { CopyPath(Array(utf8)) }
}
