/// What a snapshot is, and may be used for.
public enum SnapshotKind: String, Sendable, Codable, CaseIterable {
    /// Writable; never a parent.
    case active
    /// The read-only form of an active one; never a parent.
    case view
    /// Immutable; the only kind that can be a parent.
    case committed
}

/// What is known of one snapshot: a value, true at the moment it was read.
public struct Snapshot: Sendable, Equatable, Codable {
    /// Its key; of a committed one, its name.
    public let key: SnapshotKey
    /// What it is.
    public let kind: SnapshotKind
    /// The committed snapshot that it was made on; nil for the lowest.
    public let parent: SnapshotKey?
    /// What users wrote on it.
    public let labels: [String: String]
    /// When it was made, in nanoseconds since 1970.
    public let created: Int64
    /// When it was last committed or its labels changed, in nanoseconds since 1970.
    public let updated: Int64
}

/// What ``SnapshotStore/walk(_:_:)`` shows: the snapshots for which all given filters hold.
public enum SnapshotFilter: Sendable, Equatable {
    /// The one with this key.
    case key(SnapshotKey)
    /// Those made directly on this one; nil: those without a parent.
    case parent(SnapshotKey?)
    /// Those of this kind.
    case kind(SnapshotKind)
    /// Those with this label, and, unless it is nil, this value of it.
    case label(String, String?)

    func matches(_ snapshot: Snapshot) -> Bool {
        switch self {
        case .key(let key): snapshot.key == key
        case .parent(let parent): snapshot.parent == parent
        case .kind(let kind): snapshot.kind == kind
        case .label(let name, let value):
            snapshot.labels[name].map { value == nil || $0 == value } ?? false
        }
    }
}

/// What ``SnapshotStore/update(_:_:)`` changes.
public enum SnapshotUpdate: Sendable, Equatable {
    /// All labels: those that are not given are gone.
    case labels([String: String])
    /// One label; nil takes it away.
    case label(String, String?)
}
