import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Images
@testable import Layers

@Suite("Saving images")
struct ImageSaveTests {
    private let directory: TemporaryDirectory
    private let store: ImageStore

    init() throws {
        directory = try TemporaryDirectory()
        store = ImageStore(at: directory.path.appending("store"))
    }

    private func load(_ builder: ArchivedImageBuilder, into store: ImageStore? = nil) throws {
        let file = try Descriptor(directory.file("archive", builder.tar()), O_RDONLY)
        _ = try (store ?? self.store).load(from: .tar(file.file))
    }

    private func packed(_ bytes: [UInt8], by tool: String) throws -> [UInt8] {
        let file = try directory.file("content", bytes)
        let output = directory.path.appending("packed")
        try run(program: "/bin/sh", ["-c", "\(tool) < \(file) > \(output)"])
        return try contents(output)
    }

    private func source(_ path: FilePath, _ format: ArchiveFormat, to other: ImageStore) throws {
        if format.isDirectory {
            _ = try other.load(from: .directory(path))
        } else {
            let file = try Descriptor(path, O_RDONLY)
            _ = try other.load(from: .tar(file.file))
        }
    }

    @Test(
        "what is saved is loaded as the same image, and is the same bytes twice", .needs("zstd"),
        arguments: ArchiveFormat.allCases, ["+gzip", "+zstd", ""])
    func roundTrip(format: ArchiveFormat, compression: String) throws {
        let tool = ["+gzip": "gzip -n", "+zstd": "zstd -q", "": "cat"][compression] ?? ""
        try load(
            ArchivedImageBuilder.oci(layerType: MediaType.layer + compression) { try packed($0, by: tool) })
        let paths = ["one", "two"].map { directory.path.appending($0) }
        for path in paths { try store.save(["box:1"], as: format, to: .path(path)) }
        try run("/usr/bin/diff", "-r", paths[0].string, paths[1].string)
        let other = ImageStore(at: directory.path.appending("other"))
        try source(paths[0], format, to: other)
        let (old, new) = (try store.image("box:1"), try other.image("\(store.image("box:1").id)"))
        #expect(new.layers.map(\.chainID) == old.layers.map(\.chainID) && new.config == old.config)
        #expect(try other.list().map(\.name) == [format == .dockerDirectory ? nil : ImageName("box:1")])
        if format == .ociArchive || format == .ociDirectory {
            #expect(new.manifestDigest == old.manifestDigest)
        }
    }

    @Test("fields of the configuration that this program does not know come through")
    func unknownFields() throws {
        var builder = try ArchivedImageBuilder.docker()
        let old = builder.files[0]
        let text = String(decoding: old.bytes, as: UTF8.self).replacing(
            "\"config\":{",
            with: "\"x-new\":[1,{\"y\":null}],\"config\":{\"Healthcheck\":{\"Test\":[\"NONE\"]},")
        builder.files[0].bytes = Array(text.utf8)
        try load(builder)
        let path = directory.path.appending("saved")
        try store.save(["box:1"], as: .dockerArchive, to: .path(path))
        #expect(try contents(path).split(separator: 0).contains { $0.elementsEqual(text.utf8) })
        #expect(try ConfigDocument(json: Array(text.utf8)).json().count == text.utf8.count)
    }

    @Test(
        "several images share their layers in one archive",
        arguments: [ArchiveFormat.dockerArchive, .ociArchive])
    func several(format: ArchiveFormat) throws {
        let (one, two) = (try ArchivedImageBuilder.layer("one"), try ArchivedImageBuilder.layer("two"))
        try load(ArchivedImageBuilder.oci([one, two], name: "a:1"))
        try load(ArchivedImageBuilder.oci([one], name: "b:1"))
        try store.tag("a:1", as: ImageName("a:2"))
        let path = directory.path.appending("saved")
        try store.save(["a:1", "b:1", "a:2"], as: format, to: .path(path))
        #expect(try status(path)?.raw.st_size ?? 0 < 3 * 2048 + 12 * 1024)
        let other = ImageStore(at: directory.path.appending("other"))
        try source(path, format, to: other)
        #expect(try other.list().map(\.name?.description) == ["a:1", "a:2", "b:1"])
        #expect(try other.list().map(\.image?.id) == store.list().map(\.image?.id))
    }

    @Test("an image asked for by its ID has no name in the archive")
    func byID() throws {
        try load(ArchivedImageBuilder.oci())
        let path = directory.path.appending("saved")
        try store.save([store.image("box:1").id.short], as: .dockerArchive, to: .path(path))
        let other = ImageStore(at: directory.path.appending("other"))
        try source(path, .dockerArchive, to: other)
        #expect(try other.list().map(\.name) == [nil])
    }

    @Test("damage is found, and nothing is left of the archive", arguments: ArchiveFormat.allCases)
    func damaged(format: ArchiveFormat) throws {
        try load(ArchivedImageBuilder.oci())
        let layer = try store.image("box:1").layers[1]
        var bytes = try contents(store.layout.blobPath(layer.digest))
        bytes[600] ^= 1
        try directory.file("store/blobs/sha256/\(layer.digest.hex)", bytes)
        let target = try directory.directory("target")
        #expect(throws: ImageError.self) {
            try store.save(["box:1"], as: format, to: .path(target.appending("saved")))
        }
        #expect(throws: ImageError.self) {
            try store.save(["missing"], as: format, to: .path(target.appending("saved")))
        }
        #expect(try Files.list(target).isEmpty)
    }

    @Test("a file is replaced, a directory is not")
    func destinations() throws {
        try load(ArchivedImageBuilder.oci())
        let file = try directory.file("file", [1, 2, 3])
        try store.save(["box:1"], as: .ociArchive, to: .path(file))
        #expect(try contents(file).count > 4000)
        let taken = try directory.directory("taken")
        #expect(throws: ImageError.destinationExists(taken)) {
            try store.save(["box:1"], as: .ociDirectory, to: .path(taken))
        }
        #expect(try Files.list(taken).isEmpty)
        try store.save(["box:1"], as: .dockerArchive, to: .path("/dev/null"))
        #expect(try status("/dev/null")?.type == S_IFCHR)
        let full = try Descriptor("/dev/full", O_WRONLY)
        #expect(throws: SystemCallError.self) {
            try store.save(["box:1"], as: .dockerArchive, to: .descriptor(full.file))
        }
        #expect(throws: SystemCallError.self) {
            try store.save(["box:1"], as: .dockerArchive, to: .path(directory.path.appending("no/file")))
        }
    }
}
