internal import CLibMount
public import SystemPackage

/// One line of a ``MountTable``.
public struct MountEntry: Sendable, Equatable {
    /// The mount's number in its namespace.
    public let id: Int32
    /// Where it is mounted.
    public let target: FilePath
    /// The file system's type.
    public let type: String
    /// The options of the file system itself, comma-separated, as libmount unquotes them.
    public let fileSystemOptions: String

    init(_ entry: OpaquePointer) {
        id = mnt_fs_get_id(entry)
        target = FilePath(platformString: mnt_fs_get_target(entry) ?? emptyCString)
        type = String(cString: mnt_fs_get_fstype(entry) ?? emptyCString)
        fileSystemOptions = String(cString: mnt_fs_get_fs_options(entry) ?? emptyCString)
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
