internal import CLinux
internal import Glibc
internal import Host
internal import Layers
public import SystemPackage
internal import Tree

/// Where images are saved to.
public enum SaveDestination: Sendable {
    /// An open file or pipe, for an archive; borrowed, and not closed.
    case descriptor(FileDescriptor)
    /// A path: for an archive a file, which is replaced; for a directory one that is not there yet.
    case path(FilePath)

    /// Has `body` write to it; what is at a path is whole and on disk, or not there.
    func write(_ format: ArchiveFormat, _ body: (any ArchiveSink) throws -> Void) throws {
        switch self {
        case .descriptor(let file):
            try Self.write(TarSink(file.rawValue, subject: "the archive"), body)
        case .path(let path) where format.isDirectory: try Self.writeDirectory(path, body)
        case .path(let path):
            let isSpecial = Files.status(path).map { $0.type != S_IFREG } ?? false
            try isSpecial ? Self.writeThrough(path, body) : Self.writeFile(path, body)
        }
    }

    private static func write(_ sink: some ArchiveSink, _ body: (any ArchiveSink) throws -> Void) throws {
        try body(sink)
        try sink.finish()
    }

    /// A device, a pipe, or a link such as /dev/stdout.
    private static func writeThrough(_ path: FilePath, _ body: (any ArchiveSink) throws -> Void) throws {
        let file = try Descriptor(path, O_WRONLY | O_TRUNC)
        try write(TarSink(file.rawValue, subject: path.string), body)
    }

    private static func writeFile(_ path: FilePath, _ body: (any ArchiveSink) throws -> Void) throws {
        let output = try UnfinishedOutput(at: path) { temporary throws(SystemCallError) in
            try Files.create(temporary)
        }
        let temporary = output.temporary
        do {
            let file = try Descriptor(temporary, O_WRONLY | O_NOFOLLOW)
            try write(TarSink(file.rawValue, subject: path.string), body)
            let number = file.rawValue
            try systemCall("fsync", path.string) { fsync(number) }
            try Files.rename(temporary, to: path)
        } catch {
            try? Files.remove(temporary)
            throw error
        }
        _ = consume output
    }

    private static func writeDirectory(_ path: FilePath, _ body: (any ArchiveSink) throws -> Void) throws {
        if Files.exists(path) { throw ImageError.destinationExists(path) }
        let output = try UnfinishedOutput(at: path) { temporary throws(SystemCallError) in
            try Files.makeDirectory(temporary)
        }
        let temporary = output.temporary
        do {
            try write(DirectorySink(root: temporary), body)
            let result = temporary.withPlatformString { from in
                path.withPlatformString {
                    clx_renameat2(AT_FDCWD, from, AT_FDCWD, $0, clx_RENAME_NOREPLACE)
                }
            }
            if result != 0 {
                if Errno.current == .fileExists { throw ImageError.destinationExists(path) }
                throw SystemCallError("rename", path)
            }
        } catch {
            try? TreeRemoval.remove(temporary)
            throw error
        }
        _ = consume output
    }
}
