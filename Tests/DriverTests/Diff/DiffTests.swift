import AUFSDriver
import BindDriver
import CLinux
import Glibc
import OverlayDriver
import SystemPackage
import Testing

@testable import DriverKit
@testable import Layers
@testable import Mount

@Suite("Changes: the same with every driver, and as a layer the same again")
struct DiffTests {
    @Test("aufs", .driver("aufs"), arguments: DiffScene.all)
    func aufs(scene: DiffScene) throws { try check(scene, AUFSDriver()) }

    @Test("overlay", .driver("overlay"), arguments: DiffScene.all)
    func overlay(scene: DiffScene) throws { try check(scene, OverlayDriver()) }

    @Test("bind", .driver("bind"), arguments: DiffScene.all)
    func bind(scene: DiffScene) throws { try check(scene, BindDriver()) }

    @Test(
        "overlay: links to lower files, nanoseconds", .driver("overlay"),
        arguments: DiffScene.links + [.times])
    func overlayLinks(scene: DiffScene) throws { try check(scene, OverlayDriver()) }

    @Test("bind: links to lower files, nanoseconds", .driver("bind"), arguments: DiffScene.links + [.times])
    func bindLinks(scene: DiffScene) throws { try check(scene, BindDriver()) }

    @Test("aufs: links to lower files are its own until they are settled", .driver("aufs"))
    func aufsLinks() throws {
        let changes = try DiffScene.links.map { scene in
            let bench = try DiffBench(AUFSDriver())
            try bench.addLayer(DiffScene.base)
            let changed = try bench.snapshot()
            try bench.run(scene.script, in: changed)
            return try bench.changes(in: changed).map(\.description)
        }
        #expect(changes == [["C /", "A /file2"], ["C /", "C /bin", "A /bin/file2"]])
    }

    @Test("C13 lower links: one name edited", .driver("overlay"))
    func overlayBreaksLinks() throws {
        #expect(try changesOfLinkedFile(OverlayDriver()) == ["C /", "C /l1"])
    }

    @Test("C13 lower links: both names edited", .driver("bind"))
    func bindKeepsLinks() throws {
        #expect(try changesOfLinkedFile(BindDriver()) == ["C /", "C /l1", "C /l2"])
    }

    private func changesOfLinkedFile(_ driver: any StorageDriver) throws -> [String] {
        let bench = try DiffBench(driver)
        try bench.addLayer("echo 1 > l1; ln l1 l2")
        let changed = try bench.snapshot()
        try bench.run("echo 2 >> l1", in: changed)
        return try bench.changes(in: changed).map(\.description)
    }

    @Test("overlay: ACLs", .driver("overlay"), .needsAccessLists)
    func overlayAccessLists() throws { try check(.accessLists, OverlayDriver()) }

    @Test("bind: ACLs", .driver("bind"), .needsAccessLists)
    func bindAccessLists() throws { try check(.accessLists, BindDriver()) }

    @Test(
        "C21, C22: what a layer cannot hold is an error that names it", .driver("bind"),
        arguments: [
            ("mknod dir/zero c 0 0", "dir/zero"), ("echo > dir/.wh.x", "dir/.wh.x"),
            ("mkdir dir/.wh..wh..opq", "dir/.wh..wh..opq/"), ("rm .wh.gone", ".wh.gone"),
        ])
    func unspeakable(script: String, name: String) throws {
        let bench = try DiffBench(BindDriver())
        try bench.addLayer(DiffScene.base + "; echo > .wh.gone")
        let changed = try bench.snapshot()
        try bench.run(script, in: changed)
        let changes = try bench.changes(in: changed)
        #expect(changes.count > 1)
        let error = #expect(throws: ImageError.self) { try bench.archive(changes, of: changed) }
        guard case .refusedEntry(name, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("A socket is left out, and what it has replaced is deleted", .driver("bind"))
    func socket() throws {
        let bench = try DiffBench(BindDriver())
        try bench.addLayer(DiffScene.base)
        let changed = try bench.snapshot()
        try bench.run("rm file", in: changed)
        for name in ["file", "new"] {
            let path = changed.layer.appending(name)
            try #require(path.withPlatformString { clx_mknodat(AT_FDCWD, $0, S_IFSOCK | 0o600, 0, 0) } == 0)
        }
        let changes = try bench.changes(in: changed)
        #expect(changes.map(\.description) == ["C /", "C /file", "A /new"])
        let reader = TarReader(BytesSource(try bench.archive(changes, of: changed)))
        var names: [String] = []
        while let entry = try reader.next() { names.append(entry.displayName) }
        #expect(names == ["./", ".wh.file"])
    }

    @Test("A directory that shows another one's content is no layer of its own", .driver("overlay"))
    func redirect() throws {
        let bench = try DiffBench(OverlayDriver())
        try bench.addLayer(DiffScene.base)
        let changed = try bench.snapshot()
        let script = """
            mkdir m; mount -t overlay -o redirect_dir=on,lowerdir=\(bench.layers[0]),upperdir=fs,workdir=work o m
            mv m/dir m/moved
            """
        _ = try PrivateMountNamespace.run { try shell(script, in: changed.path) }
        #expect(throws: DiffError.notSelfContained(path: "moved")) { try bench.changes(in: changed) }
    }

    @Test("D6 a native diff reads nothing that has not changed", .driver("overlay"))
    func cost() throws {
        let bench = try DiffBench(OverlayDriver())
        try bench.addLayer(DiffScene.base + "; mkdir big; (cd big; seq 5000 | xargs touch)")
        let changed = try bench.snapshot()
        try bench.run("echo > bin/new", in: changed)
        // What is looked at has an access time of now; what is not keeps the one it was given.
        _ = try shell("touch -a -d @5 big dir p", in: bench.layers[0])
        #expect(try bench.changes(in: changed).map(\.description) == ["C /", "C /bin", "A /bin/new"])
        #expect(try shell("stat -c %X big dir p", in: bench.layers[0]) == "5\n5\n5\n")
    }

    /// D1, D2, D3.
    private func check(_ scene: DiffScene, _ driver: any StorageDriver) throws {
        let bench = try DiffBench(driver)
        for script in [DiffScene.base] + scene.layers { try bench.addLayer(script) }
        let changed = try bench.snapshot()
        try bench.run(scene.script, in: changed)

        let changes = try bench.changes(in: changed)
        #expect(changes.map(\.description) == (scene.expected.isEmpty ? [] : ["C /"]) + scene.expected)

        let archive = try bench.archive(changes, of: changed)
        #expect(try bench.archive(bench.changes(in: changed), of: changed) == archive)

        let applied = try bench.unpack(archive)
        #expect(try bench.changes(in: applied) == changes)
        #expect(try bench.description(of: applied) == bench.description(of: changed))

        // The same layer, unpacked for the other drivers, shows the same tree.
        for (name, other) in Drivers.all where Drivers.unsupported[name] == nil && name != driver.name {
            let second = try DiffBench(other)
            for script in [DiffScene.base] + scene.layers { try second.addLayer(script) }
            let moved = try second.unpack(archive)
            let difference = Set(try second.description(of: moved)).symmetricDifference(
                try bench.description(of: changed))
            // Layers that scripts have made have times of their own; only what the archive holds is compared.
            let paths = Set(
                changes.filter { $0.kind != .deleted }.map { String(decoding: $0.path, as: UTF8.self) })
            #expect(difference.filter { line in paths.contains { line.contains(" \($0) ") } } == [])
        }
    }
}

/// Bytes in memory.
final class BytesSource: ByteSource {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, rest.count)
        buffer.copyBytes(from: rest.prefix(count))
        rest = rest.dropFirst(count)
        return count
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips the test where temporary files cannot have ACLs.
    static var needsAccessLists: Self {
        .enabled("the file system of /tmp has no ACLs") {
            (try? shell(
                "f=$(mktemp /tmp/mydocker-test-XXXXXX); trap 'rm $f' EXIT; setfacl -m u:1:r $f", in: "/tmp"))
                != nil
        }
    }
}
