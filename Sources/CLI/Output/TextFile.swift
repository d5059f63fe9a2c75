internal import Core
internal import Glibc
internal import SystemPackage

/// Files that users ask for.
enum TextFile {
    /// Writes a text beside the file and renames it there: nobody finds half of it.
    ///
    /// - Throws: ``SystemCallError``.
    static func write(_ text: String, to path: FilePath) throws {
        let path = path.absolute
        let temporary = FilePath(path.string + ".part-\(getpid())")
        do {
            let file = try Descriptor(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o644)
            try file.write(Array(text.utf8), subject: path.string)
            try Files.rename(temporary, to: path)
        } catch {
            try? Files.remove(temporary)
            throw error
        }
    }
}
