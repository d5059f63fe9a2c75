import Glibc
import SystemPackage
import Testing

@testable import DriverKit
@testable import EROFSDriver
@testable import Host
@testable import Mount
@testable import Storage
@testable import Tree

/// A finish that is interrupted between its steps, and what is left is finished again.
@Suite("A layer is packed once, whatever happens meanwhile", .driver("erofs"))
struct EROFSLifeTests {
    private let driver = EROFSDriver()
    private let place: FilePath
    private let snapshot: SnapshotDirectory
    private var image: FilePath { snapshot.path.appending("layer.erofs") }

    init() throws {
        // A file in memory cannot be mounted as one on a disk can.
        place = try makeTestDirectory(isOnDisk: true)
        snapshot = SnapshotDirectory(place.appending("snapshot"))
        try Files.makeDirectory(snapshot.path)
        try driver.create(snapshot, on: [], for: .mounting(.readWrite))
        try Files.makeDirectory(snapshot.layer.appending("dir"))
        for name in ["dir/one", "two"] { try Files.create(snapshot.layer.appending(name), name) }
    }

    /// Does the rest of a finish, and looks at what has come of it.
    private func expectFinished(with names: Set<String>) throws {
        try MountPlan(driver.finish(snapshot, on: []).steps).execute(protecting: FileSeal.make)
        let (snapshot, plan) = (snapshot, try driver.reading(snapshot))
        #expect(try Files.list(snapshot.layer) == [])
        let seen = try PrivateMountNamespace.run {
            try plan.execute()
            return try Set(Files.list(snapshot.layer))
        }
        #expect(seen == names)
        #expect(FileSeal.problems(in: snapshot.path) == [])
        #expect(try Set(Files.list(snapshot.path)) == ["fs", "work", "layer.erofs", "layer.erofs.sha256"])
        try TreeRemoval.remove(place)
    }

    @Test("Interrupted while the image is written")
    func writing() throws {
        try Files.create(snapshot.path.appending("layer.erofs.new"), String(repeating: "x", count: 1 << 20))
        try driver.reopen(snapshot)
        try expectFinished(with: ["dir", "two"])
    }

    @Test("Interrupted before the image was sealed: the snapshot is as before, and may change")
    func sealing() throws {
        _ = try driver.finish(snapshot, on: [])
        #expect(Files.exists(image))
        try driver.reopen(snapshot)
        #expect(!Files.exists(image))
        try Files.create(snapshot.layer.appending("three"))
        _ = try driver.finish(snapshot, on: [])
        try expectFinished(with: ["dir", "two", "three"])
    }

    @Test("Interrupted while the directory is emptied: it is finished again, and not before written to")
    func clearing() throws {
        try MountPlan(driver.finish(snapshot, on: []).steps.dropLast()).execute(
            protecting: FileSeal.make)
        try Files.remove(snapshot.layer.appending("two"))
        #expect(throws: EROFSError.halfFinished(snapshot.path)) { try driver.reopen(snapshot) }
        try expectFinished(with: ["dir", "two"])
    }

    @Test("Where there are no loop devices, an image is mounted from its file", .needsLinux(6, 12))
    func withoutDevices() throws {
        try MountPlan(driver.finish(snapshot, on: []).steps).execute(protecting: FileSeal.make)
        let (snapshot, plan) = (snapshot, try driver.reading(snapshot))
        let seen = try PrivateMountNamespace.run {
            let nothing = FileSystemMount(type: "tmpfs", source: "none", target: "/dev")
            try MountPlan([.mount(nothing)]).execute()
            try plan.execute()
            return try Set(Files.list(snapshot.layer))
        }
        #expect(seen == ["dir", "two"])
        try TreeRemoval.remove(place)
    }

    @Test("One layer that is only read is mounted by itself, more are a union whose parts are out of sight")
    func plans() throws {
        try MountPlan(driver.finish(snapshot, on: []).steps).execute(protecting: FileSeal.make)
        let other = SnapshotDirectory(place.appending("other"))
        let one = try driver.mounts(of: other, on: [snapshot], at: "/t", access: .readOnly).steps
        guard case .mount(let mount) = one.first, one.count == 1 else {
            Issue.record("\(one)")
            return
        }
        #expect(mount.type == "erofs" && mount.isImage && mount.readOnly && mount.target == "/t")
        let union = try driver.mounts(of: other, on: [snapshot, snapshot], at: "/t", access: .readWrite).steps
        #expect(
            union.map(\.description).map { $0.prefix { $0 != " " } } == [
                "mount", "mount", "mount", "verify", "detach", "detach",
            ])
        try TreeRemoval.remove(place)
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips the test on a kernel before this one.
    fileprivate static func needsLinux(_ major: Int, _ minor: Int) -> Self {
        var names = utsname()
        uname(&names)
        let release = withUnsafeBytes(of: &names.release) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        let isNew = numbers.count == 2 && (numbers[0], numbers[1]) >= (major, minor)
        return .enabled(if: isNew, "Linux \(major).\(minor)")
    }
}
