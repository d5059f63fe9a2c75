internal import CLibMount
public import SystemPackage

/// One mount, as a ``MountTable`` has it, or as the kernel was asked for it (``MountQuery``).
public struct MountEntry: Sendable, Equatable {
    /// The mount's number: in a table that of mountinfo, which is given to another one later.
    public let id: UInt64
    /// Where it is mounted.
    public let target: FilePath
    /// What is mounted, as it was named: a disk, or for a tmpfs whatever somebody wrote; empty if it is not known.
    public let source: String
    /// The file system's type.
    public let type: String
    /// The options of the file system itself, comma-separated; libmount takes the quoting away.
    public let fileSystemOptions: String

    init(_ entry: OpaquePointer) {
        id = UInt64(clm_fs_get_id(entry))
        target = FilePath(platformString: clm_fs_get_target(entry) ?? emptyCString)
        source = String(cString: clm_fs_get_source(entry) ?? emptyCString)
        type = String(cString: clm_fs_get_fstype(entry) ?? emptyCString)
        fileSystemOptions = String(cString: clm_fs_get_fs_options(entry) ?? emptyCString)
    }

    package init(id: UInt64, target: FilePath, type: String, fileSystemOptions: String) {
        self.id = id
        self.target = target
        source = ""
        self.type = type
        self.fileSystemOptions = fileSystemOptions
    }

    /// The values of every option called `key`, in order; an option without a value has the value "".
    public func values(of key: String) -> [Substring] {
        fileSystemOptions.split(separator: ",").compactMap { option in
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts[0] == key else { return nil }
            return parts.count > 1 ? parts[1] : ""
        }
    }

    /// True if the file system has an option called `key`.
    public func has(_ key: String) -> Bool {
        !values(of: key).isEmpty
    }
}

/// What a missing string of a C library stands for.
private nonisolated(unsafe) let emptyCString: UnsafePointer<CChar> = {
    // Static storage that lives as long as the program and is never written.
    let empty: StaticString = "\0"
    return UnsafeRawPointer(empty.utf8Start).assumingMemoryBound(to: CChar.self)
}()
