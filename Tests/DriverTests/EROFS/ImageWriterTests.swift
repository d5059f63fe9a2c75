import CLinux
import Glibc
import SystemPackage
import Testing

@testable import DriverConformance
@testable import DriverKit
@testable import EROFSDriver
@testable import Host
@testable import Mount
@testable import Tree

@Suite("Images of EROFS", .driver("erofs"))
struct ImageWriterTests {
    private let place: FilePath
    private var source: FilePath { place.appending("source") }

    init() throws {
        place = try makeTestDirectory()
        try Files.makeDirectory(source)
    }

    private func write(_ name: String = "image") throws -> FilePath {
        let image = place.appending(FilePath(name).components)
        try ImageWriter.write(source, to: image, isDurable: false)
        return image
    }

    /// Compares the tree with what the kernel shows of its image.
    private func expectSame(_ image: FilePath) throws {
        let (target, source) = (place.appending("target"), source)
        try Files.makeDirectory(target)
        let mount = FileSystemMount(
            type: "erofs", source: image.string, target: target, readOnly: true, isImage: true)
        try PrivateMountNamespace.run {
            try MountPlan([.mount(mount)]).execute()
            try TreeRecord(of: target).expectSame(as: TreeRecord(of: source), "the image")
        }
    }

    private func inspect(_ image: FilePath) throws {
        guard access("/usr/bin/fsck.erofs", X_OK) == 0 else { return }
        try MountPlan([.run(ProgramCall("fsck.erofs", [image.string]))]).execute()
    }

    @Test("The kernel shows what was written, and fsck.erofs finds nothing wrong")
    func everything() throws {
        defer { try? TreeRemoval.remove(place) }
        _ = try shell(
            """
            echo x > a; touch -d @-5.5 a; echo y > b; touch -d @8589934592.123456789 b
            ln a a2; mkdir dir; ln a dir/a3; chown 4000000000:70000 b
            setfacl -m u:1234:r b; setfacl -d -m g:5:rwx dir
            setfattr -n user.long -v "$(head -c 3000 /dev/zero | tr '\\0' v)" a
            setfattr -n user.empty a; setfattr -n trusted.overlay.opaque -v y dir
            setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 b
            mknod chr c 259 1048575; mknod blk b 8 300; mkfifo fifo; mknod gone c 0 0
            python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("sock")'
            ln -s target link; ln -s "$(head -c 4000 /dev/zero | tr '\\0' l)" long
            chmod 6755 b; : > empty; : > lost+found; : > +; : > -- ; : > "$(printf 'n\\n\\377')"
            : > "$(head -c 255 /dev/zero | tr '\\0' n)"
            mkdir many; (cd many; seq 3000 | xargs touch; mkdir d1 d2 d3)
            for size in 4095 4096 4097 4032 4033 8191 12288 70000; do head -c $size /dev/urandom > s$size; done
            head -c 1500000 /dev/urandom > large
            truncate -s 4194304 holes; printf data | dd of=holes bs=1 seek=1048577 conv=notrunc 2>/dev/null
            truncate -s 100000 hole
            chmod 751 .; chown 12:13 .; setfattr -n user.root -v r .; touch -d @1000000000.5 .
            """, in: source)
        let image = try write()
        try inspect(image)
        try expectSame(image)
    }

    @Test("Any number of files of every size near a block's", arguments: [0, 1, 100, 1000])
    func sizes(_ first: Int) throws {
        defer { try? TreeRemoval.remove(place) }
        _ = try shell(
            """
            for i in $(seq 200); do head -c $(( (i * 41 + \(first)) % 8200 )) /dev/urandom > f$i; done
            mkdir -p a/b/c; cp f1?? a/b/c; cp f2* a
            """, in: source)
        let image = try write()
        try inspect(image)
        try expectSame(image)
    }

    @Test("Holes take no room, whatever their size")
    func holes() throws {
        defer { try? TreeRemoval.remove(place) }
        _ = try shell(
            "truncate -s 1T sparse; printf end | dd of=sparse bs=1 seek=549755813888 conv=notrunc 2>/dev/null",
            in: source)
        let image = try write()
        #expect(try Files.usage(of: image).bytes < 6 << 20)
        try expectSame(image)
    }

    @Test("Directories deeper than a path can be")
    func deep() throws {
        defer { try? TreeRemoval.remove(place) }
        var descriptor = try Descriptor(source, O_RDONLY | O_DIRECTORY)
        let name = String(repeating: "d", count: 250)
        for _ in 0..<40 {
            try #require(mkdirat(descriptor.rawValue, name, 0o755) == 0)
            descriptor = try Descriptor(FilePath(name), O_RDONLY | O_DIRECTORY, at: descriptor.rawValue)
        }
        try inspect(try write())
    }

    @Test("The same tree is the same image, byte for byte")
    func reproducible() throws {
        defer { try? TreeRemoval.remove(place) }
        _ = try shell(
            "mkdir a b; seq 1000 | tee a/one > b/two; ln a/one c; mkdir -p x; seq 50 | sed 's,^,x/,' | xargs touch",
            in: source)
        _ = try write("one")
        _ = try write("two")
        _ = try shell("cmp one two", in: place)
    }

    @Test("An image is as good as the tree it is of: attributes that do not fit are an error")
    func tooLarge() throws {
        #expect(throws: ImageProblem.attributesTooLarge) {
            try ImageFormat.attributes([("user.a", [UInt8](repeating: 1, count: 65536))])
        }
        #expect(throws: ImageProblem.attributesTooLarge) {
            try ImageFormat.attributes(
                (0..<5).map { ("user.\($0)", [UInt8](repeating: 1, count: 60000)) })
        }
        #expect(try ImageFormat.attributes([("btrfs.x", [1])]).isEmpty)
        try TreeRemoval.remove(place)
    }
}
