internal import CLinux
internal import Glibc
internal import Host
internal import Layers
internal import SystemPackage

/// Where the files of an image archive are written to.
protocol ArchiveSink {
    /// Makes a directory; what is in it comes after.
    func makeDirectory(_ path: String) throws

    /// Writes a file of `size` bytes, all of which `content` hands over.
    func write(
        _ path: String, size: Int64, content: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws

    /// Writes what comes after the last file.
    func finish() throws
}

extension ArchiveSink {
    func write(_ path: String, _ bytes: [UInt8]) throws {
        try write(path, size: Int64(bytes.count)) { write in try bytes.withUnsafeBytes { try write($0) } }
    }
}

/// A tar archive whose bytes depend on nothing but the files: no owners and no times.
struct TarSink: ArchiveSink {
    private let writer: TarWriter

    /// An archive that is written to `descriptor`, which the caller keeps open.
    init(_ descriptor: Int32, subject: String) {
        writer = TarWriter { bytes in
            var done = 0
            while done < bytes.count {
                done += try systemCall("write", subject) {
                    Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
                }
            }
        }
    }

    func makeDirectory(_ path: String) throws {
        try writer.write(TarEntry(path: Array("\(path)/".utf8), kind: .directory, mode: 0o755))
    }

    func write(
        _ path: String, size: Int64, content: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        try writer.write(TarEntry(path: Array(path.utf8), kind: .file(size: size, segments: nil)))
        try content { try writer.write(data: $0) }
        try writer.endData(size)
    }

    func finish() throws { try writer.finish() }
}

/// A directory that is empty at the beginning.
struct DirectorySink: ArchiveSink {
    let root: FilePath

    private func place(_ path: String) -> FilePath { root.appending(FilePath(path).components) }

    func makeDirectory(_ path: String) throws { try Files.makeDirectory(place(path)) }

    func write(
        _ path: String, size: Int64, content: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        let blob = try BlobWriter(place(path))
        try content { try blob.write($0) }
        _ = try blob.finish()
    }

    func finish() throws {
        let handle = try Descriptor(root, O_RDONLY | O_DIRECTORY)
        let number = handle.rawValue
        try systemCall("syncfs", root.string) { clx_syncfs(number) }
    }
}
