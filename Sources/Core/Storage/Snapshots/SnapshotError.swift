public import Host
public import SystemPackage

/// What goes wrong with snapshots.
public enum SnapshotError: Explained, Equatable {
    /// A text that is no key.
    case invalidKey(String)
    /// The key is taken, by a snapshot of any kind.
    case exists(SnapshotKey)
    /// No snapshot has that key.
    case notFound(SnapshotKey)
    /// The parent is not a committed snapshot.
    case parentNotCommitted(SnapshotKey, SnapshotKind)
    /// The parent is not there (any more).
    case noParent(SnapshotKey)
    /// Only an active snapshot can be committed.
    case notActive(SnapshotKey, SnapshotKind)
    /// A committed snapshot is a layer for others; it is not mounted by itself.
    case notMountable(SnapshotKey)
    /// Other snapshots were made on it.
    case hasChildren(SnapshotKey, children: [SnapshotKey])
    /// Somebody has it mounted, or is committing it.
    case inUse(SnapshotKey)
    /// A label that is too long, or has no name.
    case invalidLabel(String)
    /// The snapshot is in the metadata, and its directory is not there.
    case missingDirectory(SnapshotKey, FilePath)
    /// The metadata cannot be read or written, though nothing says that they are damaged.
    case unusableMetadata(path: FilePath, reason: String)
    /// The metadata cannot be written: the disk is full.
    case noRoom(path: FilePath)
    /// The metadata are not what was written, or are gone.
    case damagedMetadata(path: FilePath, reason: String)
    /// A system call failed.
    case failed(SystemCallError)

    /// What the user is told.
    public var explanation: Explanation {
        switch self {
        case .invalidKey(let text):
            Explanation(
                "\"\(text.prefix(300).description.printable)\" is not a snapshot key",
                remedy: "use 1 to 200 of A-Z a-z 0-9 . _ - and begin with a letter or digit")
        case .exists(let key): Explanation("there is a snapshot called \(key) already")
        case .notFound(let key): Explanation("there is no snapshot called \(key)")
        case .parentNotCommitted(let key, let kind):
            Explanation("the snapshot \(key) cannot be a parent: it is \(kind.rawValue), not committed")
        case .noParent(let key): Explanation("there is no snapshot called \(key) to be the parent")
        case .notActive(let key, let kind):
            Explanation("the snapshot \(key) cannot be committed: it is \(kind.rawValue), not active")
        case .notMountable(let key):
            Explanation(
                "the snapshot \(key) is committed and not mounted by itself",
                remedy: "make a view of it, or an active snapshot on it")
        case .hasChildren(let key, let children):
            Explanation(
                "the snapshot \(key) is still the parent of \(children.count) others, such as "
                    + children.prefix(3).map(\.description).joined(separator: ", "),
                remedy: "remove those first")
        case .inUse(let key):
            Explanation("the snapshot \(key) is in use", remedy: "wait until its container has ended")
        case .invalidLabel(let name):
            Explanation(
                "\"\(name.prefix(100).description.printable)\" is not a usable label",
                remedy: "name it, and keep name and value together under 4096 bytes")
        case .missingDirectory(let key, let path):
            Explanation(
                "the snapshot \(key) is damaged: \(path) is not there",
                remedy: "run: mydocker storage verify --repair")
        case .unusableMetadata(let path, let reason):
            Explanation("cannot use the snapshots' metadata \(path): \(reason)")
        case .noRoom(let path):
            Explanation(
                "cannot write the snapshots' metadata \(path): the disk is full",
                remedy: "remove containers (mydocker rm) or images (mydocker rmi, mydocker storage gc)")
        case .damagedMetadata(let path, let reason):
            Explanation(
                "the snapshots' metadata are damaged: \(path): \(reason)",
                remedy: "run: mydocker storage verify --repair")
        case .failed(let error): error.explanation
        }
    }
}

/// Runs `body`, whose failing system calls become a ``SnapshotError/failed(_:)``.
package func asSnapshotError<Value>(
    _ body: () throws(SystemCallError) -> Value
) throws(SnapshotError) -> Value {
    do throws(SystemCallError) { return try body() } catch { throw .failed(error) }
}
