import BtrfsDriver
import CLinux
import Core
import Glibc
import SystemPackage
import Testing

@Suite("The btrfs driver", .enabled(if: geteuid() == 0, "only root may mount"))
struct BtrfsDriverTests {
    @Test("says what the store is on instead")
    func elsewhere() throws {
        let directory = try makeTestDirectory()
        defer { try? TreeRemoval.remove(directory) }
        let driver = BtrfsDriver()
        let support = try PrivateMountNamespace.run {
            try MountPlan([.mount(FileSystemMount(type: "tmpfs", source: "t", target: directory))]).execute()
            return driver.probe(in: directory)
        }
        #expect(
            support
                == .unsupported(
                    reason: "the store is on tmpfs, not btrfs", remedy: "choose a --root on a btrfs"))
    }

    @Test("a trial leaves nothing")
    func trial() throws {
        try BtrfsBench.run { bench in
            let store = Store(
                at: bench.place.appending("store"), drivers: DriverRegistry([bench.driver]))
            let support = try store.drivers.support(of: bench.driver, in: store)
            #expect(support == .supported)
            #expect(try bench.subvolumes() == [])
        }
    }

    @Test("a snapshot has the parent's root, and each its own content")
    func independence() throws {
        try BtrfsBench.run { bench in
            let base = try bench.make("base")
            try Files.create(base.layer.appending("file"), "parent's")
            _ = try shell("chmod 1711 base/fs; chown 3:4 base/fs", in: bench.place)
            try bench.finish(base)
            #expect(throws: SystemCallError.self) { try Files.create(base.layer.appending("new")) }
            let box = try bench.make("box", on: [base])
            try Files.remove(box.layer.appending("file"))
            #expect(try Files.read(base.layer.appending("file")) == "parent's")
            #expect(try shell("stat -c '%a %u:%g' box/fs", in: bench.place) == "1711 3:4\n")
            // What is only read is neither copied nor a snapshot.
            let view = try bench.make("view", on: [base], for: .mounting(.readOnly))
            #expect(try Files.list(view.layer) == [])
            #expect(try bench.subvolumes().count == 2)
            #expect(
                try bench.driver.mounts(of: view, on: [base], at: "/t", access: .readOnly)
                    == MountPlan([.bind(source: base.layer, target: "/t", readOnly: true)]))
        }
    }

    @Test("a directory that is no snapshot is copied")
    func plainParent() throws {
        try BtrfsBench.run { bench in
            _ = try shell("mkdir plain; echo x > plain/file; chmod 700 plain", in: bench.place)
            let plain = SnapshotDirectory(plain: bench.place.appending("plain"))
            let box = try bench.make("box", on: [plain])
            #expect(try Files.read(box.layer.appending("file")) == "x\n")
            #expect(try shell("stat -c %a box/fs", in: bench.place) == "700\n")
            try bench.driver.discard(box)
            #expect(try bench.subvolumes() == [])
        }
    }

    @Test("discards what a container has made of subvolumes, read-only ones and links to others too")
    func nested() throws {
        try BtrfsBench.run { bench in
            let other = try bench.make("other")
            try Files.create(other.layer.appending("file"))
            let box = try bench.make("box")
            _ = try shell("mkdir -p box/fs/a/b; ln -s ../../../other/fs box/fs/a/link", in: bench.place)
            let one = box.layer.appending("a/b/one")
            try bench.makeSubvolume(one)
            try bench.makeSubvolume(one.appending("two"))
            for number in 0..<20 { try bench.makeSubvolume(one.appending("two/n\(number)")) }
            try bench.makeSubvolume(box.layer.appending("three"))
            try bench.setReadOnly(one.appending("two/n3"))
            try bench.setReadOnly(one.appending("two"))
            try bench.setReadOnly(one)
            try bench.setReadOnly(box.layer)
            try bench.driver.discard(box)
            #expect(!Files.exists(box.layer))
            #expect(try bench.subvolumes().count == 1 && Files.exists(other.layer.appending("file")))
            try bench.driver.discard(box)
        }
    }

    @Test("subvolumes in a finished snapshot are directories, so that those on it have them")
    func flattened() throws {
        try BtrfsBench.run { bench in
            let box = try bench.make("box")
            _ = try shell("mkdir box/fs/dir; touch -d @1 box/fs/dir", in: bench.place)
            let inner = box.layer.appending("dir/inner")
            try bench.makeSubvolume(inner)
            try bench.makeSubvolume(inner.appending("deep"))
            _ = try shell(
                """
                echo x > box/fs/dir/inner/file; echo y > box/fs/dir/inner/deep/file; chmod 710 box/fs/dir/inner
                touch -d @1 box/fs/dir
                """, in: bench.place)
            try bench.setReadOnly(inner)
            try bench.finish(box)
            #expect(try bench.subvolumes().count == 1)
            let child = try bench.make("child", on: [box])
            #expect(try Files.read(child.layer.appending("dir/inner/file")) == "x\n")
            #expect(try Files.read(child.layer.appending("dir/inner/deep/file")) == "y\n")
            #expect(try shell("stat -c %a child/fs/dir/inner", in: bench.place) == "710\n")
            #expect(try shell("stat -c %Y child/fs/dir; ls -A child/fs/dir", in: bench.place) == "1\ninner\n")
        }
    }

    @Test("a finished snapshot that is opened again can be written to")
    func reopened() throws {
        try BtrfsBench.run { bench in
            let box = try bench.make("box")
            try bench.finish(box)
            try bench.driver.reopen(box)
            try Files.create(box.layer.appending("new"))
        }
    }
}
