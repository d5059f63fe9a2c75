import Glibc
import SystemPackage
import Testing

@testable import DriverKit
@testable import Host
@testable import Mount
@testable import Storage

@Suite("The snapshot store") struct SnapshotStoreTests {
    /// A driver that needs nothing and mounts nothing: what is tested here is the store.
    private struct PlainDriver: StorageDriver {
        let name = "plain"
        let layers = LayerModel.changes(.prefix)

        func mounts(
            of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], at target: FilePath,
            access: RootAccess
        ) throws -> MountPlan { MountPlan([]) }
    }

    private let directory: TemporaryDirectory
    private let store: Store
    private let snapshots: SnapshotStore
    private let base: SnapshotKey
    private let work: SnapshotKey

    init() throws {
        directory = try TemporaryDirectory()
        store = Store(at: directory.path.appending("store"))
        snapshots = SnapshotStore(store, driver: PlainDriver())
        base = try SnapshotKey("base")
        work = try SnapshotKey("work")
    }

    private func makeBase() throws {
        try snapshots.prepare(work)
        try Files.create(snapshots.directory(of: work).layer.appending("file"), "content")
        try snapshots.commit(work, as: base)
    }

    private var places: [String] {
        get throws {
            try Files.list(snapshots.directory(of: base).path.removingLastComponent()).sorted()
        }
    }

    @Test func aCommitMovesTheDirectoryAndForgetsTheKey() throws {
        try makeBase()
        #expect(try snapshots.stat(base).kind == .committed)
        #expect(throws: SnapshotError.notFound(work)) { try snapshots.stat(work) }
        #expect(try places == ["base"])
        #expect(try Files.read(snapshots.directory(of: base).layer.appending("file")) == "content")
        #expect(try snapshots.usage(base).inodes == 2)
        #expect(try Files.list(store.temporary) == [])
    }

    @Test func aFailedCommitLeavesTheActiveSnapshot() throws {
        try makeBase()
        try snapshots.prepare(work, parent: base)
        #expect(throws: SnapshotError.exists(base)) { try snapshots.commit(work, as: base) }
        #expect(try snapshots.stat(work).kind == .active)
        let other = try SnapshotKey("other")
        #expect(try snapshots.commit(work, as: other).parent == base)
    }

    @Test func whatIsOpenIsNeitherOpenedCommittedNorRemoved() throws {
        try snapshots.prepare(work)
        do {
            let open = try snapshots.open(work)
            #expect(open.snapshot.key == work)
            #expect(throws: SnapshotError.inUse(work)) { _ = try snapshots.open(work) }
            #expect(throws: SnapshotError.inUse(work)) { try snapshots.commit(work, as: base) }
            #expect(throws: SnapshotError.inUse(work)) { try snapshots.remove(work) }
        }
        try snapshots.remove(work)
        #expect(try places == [])
    }

    @Test func aDirectoryThatBelongsToNoSnapshotIsThrownAway() throws {
        try makeBase()
        let stray = snapshots.directory(of: work)
        try Files.makeDirectory(stray.path)
        try SnapshotRecords.recover(in: store)
        #expect(try places == ["base"])
    }

    @Test func aNameWhoseDirectoryIsNobodysIsFree() throws {
        // Without any metadata it would be a loss.
        try snapshots.prepare(base)
        let stray = snapshots.directory(of: work)
        try Files.makeDirectories(stray.path)
        try Files.create(stray.path.appending("junk"))
        try snapshots.prepare(work)
        #expect(!Files.exists(stray.path.appending("junk")) && Files.exists(stray.layer))
    }

    @Test func anInterruptedCommitIsUndone() throws {
        try snapshots.prepare(work)
        // As after a death between the rename and the end of the transaction.
        try snapshots.records.write { table throws(SnapshotError) in try table.reserve(base, for: work) }
        try Files.rename(snapshots.directory(of: work).path, to: snapshots.directory(of: base).path)
        #expect(try SnapshotRecords.recover(in: store).count == 1)
        #expect(try snapshots.stat(work).kind == .active)
        #expect(try places == ["work"])
        try snapshots.commit(work, as: base)
    }

    @Test func aCommitInProgressIsLeftAlone() throws {
        try snapshots.prepare(work)
        try snapshots.records.write { table throws(SnapshotError) in try table.reserve(base, for: work) }
        let lock = try SnapshotLock.take(snapshots.directory(of: work), work, .exclusive)
        #expect(try SnapshotRecords.recover(in: store) == [])
        #expect(throws: SnapshotError.exists(base)) { try snapshots.prepare(base) }
        lock.release()
    }

    @Test func theSchemaItselfRefusesWhatTheRulesForbid() throws {
        try makeBase()
        try snapshots.prepare(work, parent: base)
        for sql in [
            "DELETE FROM snapshots WHERE key = 'base'",
            "UPDATE snapshots SET kind = 'active' WHERE key = 'base'",
            "INSERT INTO snapshots (driver, key, kind, parent, created, updated) "
                + "SELECT driver, 'x', 'active', id, 0, 0 FROM snapshots WHERE key = 'work'",
            "INSERT INTO snapshots (driver, key, kind, parent, created, updated) "
                + "SELECT 'other', 'x', 'active', id, 0, 0 FROM snapshots WHERE key = 'base'",
        ] {
            #expect(throws: SnapshotError.self, "\(sql)") {
                try snapshots.records.write { table throws(SnapshotError) in try table.database.run(sql) }
            }
        }
    }

    @Test func aDamagedDatabaseIsNamed() throws {
        try store.create()
        try Files.makeDirectories(store.storage)
        try Files.create(store.metadata, String(repeating: "garbage ", count: 1000))
        #expect {
            try snapshots.stat(base)
        } throws: { error in
            guard case SnapshotError.damagedMetadata(let path, _) = error else { return false }
            return path == store.metadata
        }
    }

    @Test func walksMayChangeWhatTheyWalkOver() throws {
        try makeBase()
        for name in ["a", "b", "c"] { try snapshots.prepare(SnapshotKey(name), parent: base) }
        try snapshots.walk([.kind(.active), .parent(base)]) { try snapshots.remove($0.key) }
        var left: [String] = []
        try snapshots.walk { left.append($0.key.description) }
        #expect(left == ["base"])
    }

    @Test func ofManyCommitsToOneNameOneWins() throws {
        let store = store
        let winners = try inParallel(Array(0..<16)) { number -> Bool in
            let mine = SnapshotStore(store, driver: PlainDriver())
            let key = try SnapshotKey("key-\(number)")
            try mine.prepare(key)
            do { try mine.commit(key, as: SnapshotKey("winner")) } catch SnapshotError.exists { return false }
            return true
        }
        #expect(winners.filter { $0 }.count == 1)
        #expect(try places.count == 16)
    }
}
