import CLinux
import Glibc
import SystemPackage
import Testing

@testable import DriverKit
@testable import Host
@testable import Layers
@testable import Tree

/// Hostile archives as other programs write them, which is not always how ours would.
@Suite("Hostile archives of other tools")
struct HostileToolArchiveTests {
    private let directory: TemporaryDirectory
    private let root: FilePath
    private let outside: FilePath

    init() throws {
        directory = try TemporaryDirectory()
        root = try directory.directory("root")
        outside = try directory.directory("outside")
        try directory.write("outside/victim", "safe")
    }

    private func unpack(_ archive: FilePath, _ format: DeletionFormat) throws {
        let bytes = try contents(archive)
        try LayerUnpacker.unpack(
            MemorySource(bytes), expecting: SHA256Hasher.digest(of: bytes), into: LayerDirectory(root),
            deletionFormat: format)
    }

    /// Refused for every format, with nothing outside changed.
    private func expectRefused(_ archive: FilePath, sourceLocation: SourceLocation = #_sourceLocation) throws
    {
        for format in DeletionFormat.all {
            #expect(throws: ImageError.self, "\(format)", sourceLocation: sourceLocation) {
                try unpack(archive, format)
            }
            try TreeRemoval.remove(root)
            _ = try directory.directory("root")
        }
        try expectSafe(sourceLocation)
    }

    /// Unpacked for every format, with nothing outside changed.
    private func expectHarmless(
        _ archive: FilePath, sourceLocation: SourceLocation = #_sourceLocation, _ look: () throws -> Void = {}
    ) throws {
        for format in DeletionFormat.all {
            try unpack(archive, format)
            try look()
            try TreeRemoval.remove(root)
            _ = try directory.directory("root")
        }
        try expectSafe(sourceLocation)
    }

    private func expectSafe(_ sourceLocation: SourceLocation) throws {
        #expect(try text(outside.appending("victim")) == "safe", sourceLocation: sourceLocation)
        let victim = try #require(try status(outside.appending("victim")))
        #expect(victim.raw.st_nlink == 1, sourceLocation: sourceLocation)
        #expect(try Files.list(outside) == ["victim"], sourceLocation: sourceLocation)
    }

    /// Runs Python with the module tarfile; `add(name, type, data, **fields)` writes an entry.
    private func python(_ script: String) throws -> FilePath {
        let archive = directory.path.appending("archive")
        let prelude = """
            import io, sys, tarfile
            archive = tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT)
            def add(name, type=tarfile.REGTYPE, data=b"", **fields):
                entry = tarfile.TarInfo(name)
                entry.type, entry.size = type, len(data)
                for field, value in fields.items(): setattr(entry, field, value)
                archive.addfile(entry, io.BytesIO(data))
            outside = sys.argv[2]

            """
        try run(
            "/usr/bin/env", "python3", "-c", prelude + script + "\narchive.close()", archive.string,
            outside.string)
        return archive
    }

    @Test("S1: GNU tar with names that lead upwards and from the root")
    func upwards() throws {
        let archive = directory.path.appending("archive")
        try run(
            "/usr/bin/tar", "-P", "--transform=s,.*victim,../outside/victim,", "-cf", archive.string,
            outside.appending("victim").string)
        try expectRefused(archive)
        // An absolute name is one below the layer's root.
        let victim = outside.appending("victim").string
        try run("/usr/bin/tar", "-P", "-cf", archive.string, victim)
        try unpack(archive, .none)
        #expect(try text(FilePath(root.string + victim)) == "safe")
    }

    @Test("S2: a file through a link, by bsdtar", .needs("bsdtar"))
    func throughLink() throws {
        let tree = try directory.directory("tree")
        let second = try directory.directory("second")
        try Files.makeLink(to: outside.string, at: tree.appending("dir"))
        _ = try directory.directory("second/dir")
        try directory.write("second/dir/victim", "evil")
        let archive = directory.path.appending("archive")
        try run(
            "/usr/bin/env", "bsdtar", "--format=pax", "-cf", archive.string, "-C", tree.string, "dir", "-C",
            second.string, "dir/victim")
        try expectHarmless(archive) {
            try #expect(text(FilePath(root.string + outside.string).appending("victim")) == "evil")
        }
    }

    @Test(
        "S2: Python writes through a link, directly and through a chain of links",
        arguments: [
            "add('l', tarfile.SYMTYPE, linkname=outside)\nadd('l/victim', data=b'evil')",
            "add('a', tarfile.SYMTYPE, linkname='.')\nadd('a/b', tarfile.SYMTYPE, linkname=outside)\nadd('a/b/victim')",
            "add('l', tarfile.SYMTYPE, linkname='../outside')\nadd('l/sub', tarfile.DIRTYPE)",
            "add('d', tarfile.DIRTYPE)\nadd('d/l', tarfile.SYMTYPE, linkname='../..')\nadd('d/l/outside/victim')",
        ])
    func pythonLinks(script: String) throws {
        try expectHarmless(python(script))
    }

    @Test(
        "S3: a hard link out of the root: by name, through a link, to a link, with content of its own",
        arguments: [
            "add('h', tarfile.LNKTYPE, linkname=outside + '/victim')",
            "add('h', tarfile.LNKTYPE, linkname='../outside/victim')\nadd('h', data=b'evil')",
            "add('l', tarfile.SYMTYPE, linkname=outside)\nadd('h', tarfile.LNKTYPE, linkname='l/victim')",
        ])
    func hardLinks(script: String) throws {
        try expectRefused(python(script))
    }

    @Test(
        "S3: a hard link to a link is the link, and writing its name replaces it",
        arguments: DeletionFormat.all)
    func hardLinkToLink(format: DeletionFormat) throws {
        let archive = try python(
            """
            add('l', tarfile.SYMTYPE, linkname=outside + '/victim')
            add('h', tarfile.LNKTYPE, linkname='l')
            add('h', data=b'mine')
            """)
        try unpack(archive, format)
        #expect(try text(root.appending("h")) == "mine")
        #expect(try linkTarget(root.appending("l")) == outside.appending("victim").string)
        #expect(try text(outside.appending("victim")) == "safe")
    }

    @Test(
        "S4: a deletion through a link", arguments: [".wh.victim", ".wh..wh..opq", "sub/.wh.x"])
    func deletionThroughLink(name: String) throws {
        try expectHarmless(
            python("add('l', tarfile.SYMTYPE, linkname=outside)\nadd('l/\(name)')"))
    }

    @Test("S4: a deletion of a link leaves what it points to", arguments: DeletionFormat.all)
    func deletionOfLink(format: DeletionFormat) throws {
        try unpack(python("add('l', tarfile.SYMTYPE, linkname=outside)"), .none)
        try unpack(python("add('.wh.l')\nadd('.wh..wh..opq')"), format)
        #expect(try text(outside.appending("victim")) == "safe")
        if format == .none { #expect(try status(root.appending("l")) == nil) }
    }

    @Test(
        "S9: bookkeeping of file systems, deletion devices and marks, by Python",
        arguments: [
            ".wh..wh.aufs", ".wh..wh.plnk", ".wh..wh.plnk/1.2", ".wh..wh.orph", "d/.wh..wh.plnk/1.1",
        ])
    func bookkeeping(name: String) throws {
        for script in [
            "add('\(name)')", "add('\(name)', tarfile.DIRTYPE)",
            "add('\(name)', tarfile.SYMTYPE, linkname=outside)\nadd('\(name)/victim')",
        ] {
            try expectHarmless(python(script)) { try #expect(Files.list(root) == []) }
        }
        try expectHarmless(python("add('f')\nadd('\(name)', tarfile.LNKTYPE, linkname='f')")) {
            try #expect(Files.list(root) == ["f"])
        }
        if name != ".wh..wh.plnk/1.2" {
            try expectRefused(python("add('\(name)')\nadd('h', tarfile.LNKTYPE, linkname='\(name)')"))
        }
    }

    @Test("S9: something below a deletion")
    func belowMark() throws {
        try expectRefused(python("add('.wh.d/f')"))
        try expectRefused(python("add('.wh.d/f', tarfile.DIRTYPE)"))
    }

    @Test("S9: a device 0:0 and a link to a deletion, by Python")
    func devices() throws {
        try expectRefused(python("add('d', tarfile.CHRTYPE, devmajor=0, devminor=0)"))
        // The whiteout is a file or a device by then: a second name would delete something else.
        try expectRefused(python("add('.wh.f')\nadd('h', tarfile.LNKTYPE, linkname='.wh.f')"))
        try expectRefused(python("add('.wh.f')\nadd('h', tarfile.LNKTYPE, linkname='f')"))
    }

    @Test("S9: forged overlay attributes of GNU tar are left out", .needsUserAttributes)
    func forgedAttributes() throws {
        let tree = try directory.directory("tree")
        let forged = [
            "trusted.overlay.opaque", "trusted.overlay.redirect", "user.overlay.opaque", "user.kept",
        ]
        let handle = try Descriptor(tree, O_RDONLY | O_DIRECTORY)
        for name in forged {
            try FileMetadata.set(.init(name: name, value: [UInt8(ascii: "y")]), on: handle.rawValue)
        }
        let archive = directory.path.appending("archive")
        try run(
            "/usr/bin/tar", "--xattrs", "--xattrs-include=*", "-C", directory.path.string, "-cf",
            archive.string, "tree")
        for attribute in ["trusted.overlay.opaque", "user.overlay.opaque"] {
            try unpack(archive, .device(opaqueAttribute: attribute))
            let made = try Descriptor(root.appending("tree"), O_RDONLY | O_DIRECTORY)
            #expect(try FileMetadata.attributeNames(of: made.rawValue) == ["user.kept"])
        }
    }
}

extension DeletionFormat {
    /// One of each form, with both namespaces that mark a directory opaque.
    static let all: [DeletionFormat] = [
        .prefix, .none, .device(opaqueAttribute: "trusted.overlay.opaque"),
        .device(opaqueAttribute: "user.overlay.opaque"),
    ]
}
