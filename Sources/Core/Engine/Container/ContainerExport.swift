internal import CLinux
internal import Glibc
internal import Host
internal import Layers
public import Logging
public import SystemPackage

/// Writes a container's whole tree as a plain archive: `mydocker export`.
public enum ContainerExport {
    /// Writes the archive: the same tree gives the same bytes.
    ///
    /// Links, extended attributes, times and holes are kept. What is mounted in the container is not in it.
    /// Unlike an image's layer, it can hold names that begin with `.wh.` and any device.
    ///
    /// - Parameters:
    ///   - root: the container's files; a running one is not stopped.
    ///   - file: where to, replaced at the end if it exists and untouched after an error; nil for the standard
    ///     output.
    /// - Throws: an ``Explained`` error.
    public static func write(_ root: borrowing ContainerRoot, to file: FilePath?, logger: Logger) throws {
        guard let file else { return try write(root, to: STDOUT_FILENO, logger) }
        let temporary = FilePath(file.string + ".part-\(getpid())")
        do {
            let output = try Descriptor(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
            try write(root, to: output.rawValue, logger)
            try systemCall("fsync", file.string) { fsync(output.rawValue) }
            try Files.rename(temporary, to: file)
        } catch {
            try? Files.remove(temporary)
            throw error
        }
    }

    private static func write(
        _ root: borrowing ContainerRoot, to output: Int32, _ logger: Logger
    ) throws {
        try root.withTree { tree in
            let sink = BufferedOutput(output)
            try TreeArchiver.write(tree, to: TarWriter(sink.write), for: .anything) { path in
                logger.warning("\(String(fileName: path).printable) is left out: it is a socket")
            }
            try sink.flush()
        }
    }
}
