internal import Core
internal import SystemPackage

/// This program with everything that it is linked with, and what it loads itself.
enum ProgramFiles {
    /// The program's own file and its libraries, by their paths; the loader among them.
    ///
    /// - Throws: ``LabError``.
    static func all(of program: FilePath) throws -> [FilePath] {
        // What ldd(1) does: the loader lists what it would load.
        let loaders = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"].map { FilePath($0) }
        guard let loader = loaders.first(where: Files.exists) else { return [program] }
        // A static program is none of the loader's, which would crash over it.
        let isDynamic = try Command([loader.string, "--verify", program.string]).output().status == 0
        guard isDynamic else { return [program] }
        let libraries = try [program, MountTable.library].compactMap(\.self).flatMap { file in
            try [file] + linked(to: file, by: loader)
        }
        // Some of them are linked to both.
        return Set(libraries + [loader]).sorted { $0.string < $1.string }
    }

    private static func linked(to file: FilePath, by loader: FilePath) throws -> [FilePath] {
        let listing = try Command([loader.string, "--list", file.string]).output()
        guard listing.status == 0 else { return [] }
        return listing.text.split(separator: "\n").compactMap { line -> FilePath? in
            let words = line.split(separator: " ").map { $0.filter { $0 != "\t" } }
            return words.first { $0.hasPrefix("/") }.map { FilePath($0) }
        }
    }
}
