/// What a snapshot of a driver holds.
public enum LayerModel: Sendable, Equatable {
    /// What it changes of those below it; deletions are written in this form. A mount shows the union of them.
    case changes(DeletionFormat)
    /// The whole tree. `sharing`: a snapshot costs nothing but what is changed in it, so that every layer of an image is
    /// one; otherwise only the tree of the whole image is.
    case wholeTree(sharing: Bool)

    /// How a layer directory says that something of a lower layer is gone.
    public var deletions: DeletionFormat {
        if case .changes(let format) = self { format } else { .none }
    }

    /// Whether a snapshot is read together with those below it.
    public var isUnion: Bool {
        if case .changes = self { true } else { false }
    }

    /// Whether every layer of an image is a snapshot of its own.
    public var hasLayers: Bool { self != .wholeTree(sharing: false) }
}

/// How a layer directory says that something of a lower layer is gone.
public enum DeletionFormat: Sendable, Equatable {
    /// A character device 0:0 of the same name; a directory that hides the lower one of its name has the
    /// extended attribute `opaqueAttribute` with the value "y".
    case device(opaqueAttribute: String)
    /// An empty file `.wh.NAME`; a directory that hides the lower one of its name holds `.wh..wh..opq`.
    /// The form of OCI layer archives too.
    case prefix
    /// Not at all: the directory is a whole tree, and what is deleted is simply not there.
    case none
}
