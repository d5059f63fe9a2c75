internal import Glibc
internal import Host
public import SystemPackage

/// Where an ordinary user has things (the XDG Base Directory Specification).
public struct RootlessPlaces: Sendable {
    /// Images and containers; nil if the environment does not say.
    private let data: FilePath?
    /// What lives only as long as processes do: nobody else's, and gone after a boot.
    public let runtime: FilePath

    /// From the environment, as that user.
    ///
    /// - Throws: ``RootlessError``, ``SystemCallError``.
    init(user: UInt32) throws {
        if let data = Self.variable("XDG_DATA_HOME") {
            self.data = data.appending("mydocker")
        } else {
            data = Self.variable("HOME")?.appending(FilePath(".local/share/mydocker").components)
        }
        let usual = FilePath("/run/user/\(user)")
        if let named = Self.variable("XDG_RUNTIME_DIR") {
            runtime = named.appending("mydocker")
        } else if let status = Files.status(usual), status.st_uid == user {
            runtime = usual.appending("mydocker")
        } else {
            runtime = FilePath("/tmp/mydocker-run-\(user)")
        }
        if !Files.exists(runtime) {
            do { try Files.makeDirectory(runtime, mode: 0o700) } catch {
                guard error.errno == .fileExists else { throw error }
            }
        }
        // In /tmp it may be anybody's, or a link.
        guard let status = Files.status(runtime), status.st_mode & S_IFMT == S_IFDIR else {
            throw RootlessError.foreignPlace(path: runtime.string, reason: "is not a directory")
        }
        guard status.st_uid == user, status.st_mode & 0o077 == 0 else {
            throw RootlessError.foreignPlace(path: runtime.string, reason: "is not the user's alone")
        }
    }

    /// Where the user's store is.
    ///
    /// - Throws: ``RootlessError/noPlace(variable:)``.
    public func store() throws -> FilePath {
        guard let data else { throw RootlessError.noPlace(variable: "HOME") }
        return data
    }

    private static func variable(_ name: String) -> FilePath? {
        getenv(name).map { FilePath(platformString: $0) }.flatMap { $0.isAbsolute ? $0 : nil }
    }
}
