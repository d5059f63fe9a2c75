internal import Glibc
package import Host
internal import SystemPackage

extension ProgramCall {
    /// Where the system has its programs.
    private static let directories: [FilePath] = [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    ]

    /// The program's file, which is root's own.
    ///
    /// - Throws: ``ProgramError``.
    package func open() throws(ProgramError) -> RootsFile {
        if program.hasPrefix("/") {
            let path = FilePath(program)
            do throws(RootsFile.Refusal) { return try RootsFile(path, following: true) } catch {
                throw .untrusted(program: program, path: error.path.string, reason: error.reason)
            }
        }
        guard !program.isEmpty, !program.contains("/") else { throw .missing(program: program) }
        for directory in Self.directories {
            let path = directory.appending(FilePath(program).components)
            guard Files.exists(path) else { continue }
            do throws(RootsFile.Refusal) { return try RootsFile(path, following: true) } catch {
                throw .untrusted(program: program, path: error.path.string, reason: error.reason)
            }
        }
        throw .missing(program: program)
    }
}

/// A program that a plan needs and that did not do its work.
package enum ProgramError: Explained, Equatable {
    /// There is none of that name.
    case missing(program: String)
    /// Somebody else than root could change it.
    case untrusted(program: String, path: String, reason: String)
    /// It ended with a status other than 0.
    case failed(program: String, status: Int32, words: String)
    /// It was to mount something, and ended before it had.
    case servedNothing(program: String, target: String, words: String)
    /// It was to mount something, and has not in this many seconds.
    case tookTooLong(program: String, target: String, seconds: Int, words: String)

    /// What was printed, on one line.
    static func words(of bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").suffix(5).joined(separator: "; ")
            .printable
    }

    /// What the user is told.
    package var explanation: Explanation {
        switch self {
        case .missing(let program):
            Explanation("the program \(program) is missing", remedy: "install it")
        case .untrusted(let program, let path, let reason):
            Explanation("the program \(program) is not run: \(path) \(reason)")
        case .failed(let program, let status, let words):
            Explanation("\(program) failed with status \(status)\(Self.said(words))")
        case .servedNothing(let program, let target, let words):
            Explanation("\(program) has ended without mounting anything at \(target)\(Self.said(words))")
        case .tookTooLong(let program, let target, let seconds, let words):
            Explanation("\(program) has not mounted anything at \(target) in \(seconds) s\(Self.said(words))")
        }
    }

    private static func said(_ words: String) -> String { words.isEmpty ? "" : ": \(words)" }
}
