public import SystemPackage

/// Where a root file system comes from.
public enum ImportSource: Sendable {
    /// An archive, plain, gzip or zstd, read from where the descriptor stands to its end; a pipe will do. The
    /// descriptor is borrowed: it has to stay open during the call, and is not closed by it.
    case tar(FileDescriptor)
    /// A directory, whose files should not change meanwhile.
    case directory(FilePath)
}
