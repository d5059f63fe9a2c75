internal import Core
internal import SystemPackage

/// A program of this machine with everything that it is linked with.
enum ProgramFiles {
    /// The program's own file and its libraries, by their paths; the loader among them.
    ///
    /// - Throws: ``LabError``.
    static func all(of program: FilePath) throws -> [FilePath] {
        // What ldd(1) does: the loader lists what it would load.
        let loaders = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"].map { FilePath($0) }
        guard let loader = loaders.first(where: Files.exists) else { return [program] }
        let listing = try Command([loader.string, "--list", program.string]).output()
        // A static program is none of the loader's.
        guard listing.status == 0 else { return [program] }
        let libraries = listing.text.split(separator: "\n").compactMap { line -> FilePath? in
            let words = line.split(separator: " ").map { $0.filter { $0 != "\t" } }
            return words.first { $0.hasPrefix("/") }.map { FilePath($0) }
        }
        return [program, loader] + libraries
    }
}
