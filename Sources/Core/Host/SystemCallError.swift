public import SystemPackage

/// A system call that failed: its name, what it worked on, and the reason.
public struct SystemCallError: Explained, Equatable {
    /// The C function, as its man page calls it: "mount".
    public let call: String
    /// The path or other operand; nil when there is none.
    public let subject: String?
    /// The reason.
    public let errno: Errno

    /// An error from its parts; `errno` is the current thread's by default.
    public init(_ call: String, _ subject: String? = nil, errno: Errno = .current) {
        self.call = call
        self.subject = subject
        self.errno = errno
    }

    /// An error about a path.
    public init(_ call: String, _ path: FilePath, errno: Errno = .current) {
        self.init(call, path.string, errno: errno)
    }

    /// What the user is told.
    public var explanation: Explanation {
        Explanation("\(call)\(subject.map { " \($0)" } ?? ""): \(errno)", remedy: errno.remedy)
    }
}

extension Errno {
    /// The errno that the last failed C call of this thread left.
    public static var current: Errno { Errno(rawValue: cErrno) }

    /// What a user can do about this errno wherever it comes from; nil when that depends on the place.
    package var remedy: String? {
        switch self {
        case .noSpace: "free some space (or inodes) on that file system, or choose another --root"
        case .readOnlyFileSystem: "choose a --root on a writable file system"
        case .noMemory: "raise the limit of memory (ulimit -v, ulimit -d), or free some"
        case .resourceTemporarilyUnavailable:
            "raise the limits of processes and memory (ulimit -u, ulimit -v)"
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem: "raise the limit of open files (ulimit -n)"
        default: nil
        }
    }
}

extension SystemCallError {
    /// True if there is no room: no block, no inode, or no more of them for this user.
    package var isFull: Bool { errno == .noSpace || errno == .diskQuotaExceeded }
}
