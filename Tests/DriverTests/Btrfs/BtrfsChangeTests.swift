import BtrfsDriver
import CLinux
import Core
import Glibc
import SystemPackage
import Testing

@Suite("What the btrfs driver knows of changes", .enabled(if: geteuid() == 0, "only root may mount"))
struct BtrfsChangeTests {
    private static let rounds = getenv("MYDOCKER_TEST_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 15

    /// Layers of random changes, one on the other: looking only where the driver says finds what looking everywhere does.
    @Test("nothing is missed", arguments: 1...4)
    func random(seed: UInt64) throws {
        try BtrfsBench.run { bench in
            var base = try bench.make("0")
            var changes = RandomChanges(base.layer, seed: seed)
            changes.run(200)
            try bench.finish(base)
            for round in 1...Self.rounds {
                let made = try bench.make("\(round)", on: [base])
                var changes = RandomChanges(made.layer, seed: seed << 32 | UInt64(round))
                changes.run([1, 3, 10, 40][round % 4])
                let places = try #require(try bench.driver.changedDirectories(of: made, since: base))
                let found = try Changes.ofLayer(made.layer, on: [base.layer], format: .none, only: places)
                let all = try Changes.between(base.layer, and: made.layer)
                let difference = Set(found).symmetricDifference(all).sorted()
                #expect(difference == [], "seed \(seed), round \(round): \(changes.log)")
                if !difference.isEmpty { return }
                try bench.finish(made)
                base = made
                if round % 10 == 0 { try bench.remount() }
            }
        }
    }

    private func changed(
        _ bench: BtrfsBench, _ setup: String, _ script: String, subvolume: FilePath? = nil
    ) throws -> Set<FilePath>? {
        let base = try bench.make("base")
        _ = try shell(setup, in: base.layer)
        try bench.finish(base)
        let made = try bench.make("made", on: [base])
        _ = try shell(script, in: made.layer)
        if let subvolume { try bench.makeSubvolume(made.layer.pushing(subvolume)) }
        return try bench.driver.changedDirectories(of: made, since: base)
    }

    @Test(
        "exactly the directories of the changes",
        arguments: [
            ("mkdir a b; echo > a/f", "true", []), ("mkdir a b; echo > a/f", "echo 1 >> a/f", ["a"]),
            ("mkdir a b; echo > a/f; ln a/f b/g", "echo 1 >> a/f", ["a", "b"]),
            ("mkdir a b; echo > a/f; ln a/f b/g", "rm b/g", ["a", "b"]),
            ("mkdir -p a/b/c x", "mv a y", ["", "y", "y/b", "y/b/c"]),
            ("mkdir -p a/b/c x; echo > a/b/f", "chmod 700 a/b/f", ["a/b"]),
            ("mkdir -p a/b/c x", "chmod 700 a/b", ["a/b"]), ("mkdir -p a/b", "chattr +A a/b", ["a/b"]),
            ("mkdir -p a b; mkdir a/x b/y", "mv a c; mv b a; mv c b", ["", "a", "a/y", "b", "b/x"]),
            ("mkdir -p a/d b; echo > a/d/f; ln a/d/f b/g", "mv a c", ["", "b", "c", "c/d"]),
            ("echo > f; mkdir a", "touch -d @5 f", [""]),
            ("mkdir a; echo > a/f", "setfattr -n user.x -v 1 a/f", ["a"]),
        ] as [(String, String, [String])])
    func exactly(setup: String, script: String, expected: [String]) throws {
        try BtrfsBench.run { bench in
            let changed = try changed(bench, setup, script)
            #expect(changed == Set(expected.map { FilePath($0) }))
        }
    }

    @Test("nobody knows: a subvolume, another parent, a parent that was changed since, a plain directory")
    func unknown() throws {
        try BtrfsBench.run { bench in
            #expect(try changed(bench, "mkdir a", "true", subvolume: "a/s") == nil)
            let (base, made) = (bench.snapshot("base"), try bench.make("next", on: [bench.snapshot("base")]))
            let other = try bench.make("other")
            try bench.finish(other)
            #expect(try bench.driver.changedDirectories(of: made, since: other) == nil)
            #expect(try bench.driver.changedDirectories(of: made, since: base) == [])
            #expect(
                try bench.driver.changedDirectories(of: made, since: SnapshotDirectory(plain: bench.place))
                    == nil)
            try bench.driver.reopen(base)
            #expect(try bench.driver.changedDirectories(of: made, since: base) == nil)
            try Files.create(base.layer.appending("late"))
            try bench.finish(base)
            #expect(try bench.driver.changedDirectories(of: made, since: base) == nil)
        }
    }

    @Test("what a snapshot takes is what was written to it, each extent once")
    func usage() throws {
        try BtrfsBench.run { bench in
            let base = try bench.make("base")
            _ = try shell("head -c 4M /dev/urandom > large; echo > small", in: base.layer)
            try bench.finish(base)
            let made = try bench.make("made", on: [base])
            #expect(try bench.driver.usage(of: made, on: [base]) == SnapshotUsage())
            _ = try shell(
                """
                head -c 1M /dev/urandom > own; cp --reflink=always own again; cp --reflink=always large copy; ln own link
                printf x > inline
                """, in: made.layer)
            // The root, own, again, copy and inline.
            let usage = try bench.driver.usage(of: made, on: [base])
            #expect(usage == SnapshotUsage(bytes: (1 << 20) + 512, inodes: 5))
            #expect(try bench.driver.usage(of: base, on: []) == nil)
        }
    }
}
