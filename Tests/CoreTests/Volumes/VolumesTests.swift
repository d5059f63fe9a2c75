import CLinux
import Glibc
import SystemPackage
import Testing

@testable import DriverKit
@testable import Engine
@testable import Host
@testable import Mount
@testable import Storage

@Suite("Volumes of a store")
struct VolumesTests {
    private let place: TemporaryDirectory
    private let store: Store
    private let volumes: Volumes

    init() throws {
        place = try TemporaryDirectory()
        store = Store(at: place.path.appending("store"))
        volumes = Volumes(store)
    }

    @Test("Made once, found by its name or the beginning of it, removed")
    func life() throws {
        #expect(try volumes.all() == [])
        #expect(throws: VolumeError.noVolume("data")) { try volumes.find("data") }
        let made = try volumes.create("data", labels: ["a": "b"])
        #expect(try volumes.create("data") == made)
        let other = try volumes.create(nil)
        #expect(other.name.utf8.count == 64 && other.isAnonymous && !made.isAnonymous)
        #expect(Set(try volumes.all().map(\.name)) == [made.name, other.name])
        #expect(try volumes.find("data") == made)
        #expect(try volumes.find("dat") == made)
        #expect(try volumes.find(String(other.name.prefix(12))) == other)
        let data = FilePath(volumes.mountPoint(of: made))
        #expect(data == store.root.appending("volumes/data/_data"))
        #expect(Files.status(data)?.st_mode == S_IFDIR | 0o755)
        #expect(Files.status(data.parent)?.st_mode == S_IFDIR | 0o700)
        try volumes.remove(made)
        #expect(throws: VolumeError.noVolume("data")) { try volumes.remove(made) }
        #expect(try volumes.all() == [other])
        #expect(try Files.list(store.temporary) == [])
    }

    @Test("Names that could be paths are refused", arguments: ["", "a", ".", "..", "a/b", "-a", ".ab", "ü1"])
    func names(name: String) {
        #expect(throws: VolumeError.invalidName(name)) { try volumes.create(name) }
        #expect(throws: VolumeError.self) { try volumes.find(name) }
    }

    @Test("A beginning that several have is refused")
    func ambiguous() throws {
        _ = try volumes.create("data1")
        _ = try volumes.create("data2")
        #expect(throws: VolumeError.ambiguous("data", count: 2)) { try volumes.find("data") }
    }

    @Test("What is in use is not removed, nor is its name given to another one")
    func held() throws {
        let volume = try volumes.create("data")
        var held: HeldVolume? = try volumes.hold("data", making: nil, toFill: false).held
        #expect(throws: VolumeError.inUse("data", by: [])) { try volumes.remove(volume) }
        // Another user is no obstacle, but it is not alone.
        #expect(try !volumes.hold("data", making: nil, toFill: true).isToBeFilled)
        #expect(held?.volume == volume)
        held = nil
        #expect(try volumes.hold("data", making: nil, toFill: true).isToBeFilled)
        try volumes.remove(volume)
        #expect(throws: VolumeError.noVolume("data")) { try volumes.hold("data", making: nil, toFill: false) }
    }

    @Test("Containers' records say who uses it")
    func users() throws {
        let volume = try volumes.create("data")
        var record = ContainerRecord(
            id: "0123456789ab", name: "box", image: "busybox", driver: "bind", command: ["sh"], created: 1,
            keep: true)
        record.spec = ContainerSpec()
        record.spec?.mounts = [MountRequest(.volume, "data", at: "/d"), MountRequest(.bind, "/x", at: "/x")]
        let directory = store.kept.appending("0123456789ab")
        try Files.makeDirectory(directory)
        try record.write(to: directory)
        #expect(try volumes.users() == ["data": ["box"]])
        #expect(throws: VolumeError.inUse("data", by: ["box"])) { try volumes.remove(volume) }
        #expect(Files.isDirectory(FilePath(volumes.mountPoint(of: volume))))
    }

    @Test("Many make and remove one of the same name at once: it is whole or not there")
    func concurrent() throws {
        let volumes = volumes
        _ = try inParallel(Array(0..<4)) { _ in
            for _ in 0..<50 {
                let held = try volumes.hold(
                    "data", making: Volume(name: "data", created: 1), toFill: false
                ).held
                guard Files.isDirectory(held.data) else { throw VolumeError.damaged(held.data) }
                do { try volumes.remove(held.volume) } catch VolumeError.inUse {}
                _ = consume held
                do { try volumes.remove(Volume(name: "data", created: 1)) } catch VolumeError.inUse {
                } catch VolumeError.noVolume {}
            }
        }
        #expect(try Files.list(store.temporary) == [])
    }

    @Test("A directory of the host is one too, and no other option is taken")
    func options() throws {
        let device = try place.directory("device")
        let options = ["type": "none", "o": "bind", "device": device.string]
        let volume = try volumes.create("host", options: options)
        #expect(volumes.mountPoint(of: volume) == device.string)
        #expect(try volumes.find("host").options == options)
        #expect(throws: VolumeError.otherOptions("host")) {
            try volumes.create("host", options: ["device": "/other"])
        }
        for options in [["type": "nfs"], ["o": "size=1m"], ["device": "relative"], ["type": "none"]] {
            #expect(throws: VolumeError.self) { try volumes.create("bad", options: options) }
        }
        try volumes.remove(volume)
        #expect(Files.isDirectory(device))
    }

    @Test("One that is damaged is told, and is in nobody's way")
    func damaged() throws {
        _ = try volumes.create("good")
        _ = try volumes.create("bad")
        let path = store.root.appending("volumes/bad/volume.json")
        try Files.remove(path)
        try Files.create(path, "{\"name\":\"other\"}")
        var told: [String] = []
        #expect(try volumes.all { told.append("\($0)") }.map(\.name) == ["good"])
        #expect(told == ["\(VolumeError.damaged(path))"])
        #expect(throws: VolumeError.damaged(path)) { try volumes.find("bad") }
    }
}

@Suite("The content of new volumes")
struct VolumeFillingTests {
    /// A driver whose mounts are the directory itself.
    private struct PlainDriver: StorageDriver {
        let name = "plain"
        let layers = LayerModel.wholeTree(sharing: false)

        func create(
            _ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], for use: SnapshotUse
        ) throws {}
        func mounts(
            of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], at target: FilePath,
            access: RootAccess
        ) throws -> MountPlan {
            MountPlan(parents.map { .bind(source: $0.layer, target: target, readOnly: true) })
        }
        func finish(_ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]) throws -> MountPlan {
            MountPlan([])
        }
    }

    private let place: TemporaryDirectory
    private let store: Store
    private let root: FilePath
    private let snapshots: SnapshotStore

    init() throws {
        place = try TemporaryDirectory()
        store = Store(at: place.path.appending("store"))
        root = try place.directory("root")
        snapshots = SnapshotStore(store, driver: PlainDriver())
        try store.create()
    }

    private func volumes(_ texts: String...) throws -> ContainerVolumes {
        let volumes = ContainerVolumes(
            try MountRequest.resolve(texts.map { try MountRequest(volume: $0, in: "/") }), in: Volumes(store))
        try volumes.hold(isNew: true)
        return volumes
    }

    private func fill(_ volumes: ContainerVolumes) throws {
        try volumes.fill(from: [SnapshotDirectory(plain: root)], by: snapshots, durably: false)
    }

    private func data(_ name: String) -> FilePath { store.root.appending("volumes/\(name)/_data") }

    @Test("An empty volume gets what the image has, once, with owner and mode", isRoot)
    func filled() throws {
        try Files.makeDirectory(root.appending("d"), mode: 0o1770)
        try systemCall("chown", root.appending("d")) { chown($0, 5, 6) }
        try Files.create(root.appending("d/file"), "image's")
        let first = try volumes("data:/d", "none:/no/such", "not:/d/file", "no1:/d/x:nocopy")
        try fill(first)
        let status = try #require(Files.status(data("data")))
        #expect(status.st_mode & 0o7777 == 0o1770 && status.st_uid == 5 && status.st_gid == 6)
        #expect(try Files.read(data("data").appending("file")) == "image's")
        for name in ["none", "not", "no1"] { #expect(try Files.list(data(name)) == []) }
        // Another container may use it, and changes nothing.
        try Files.remove(data("data").appending("file"))
        try Files.create(data("data").appending("mine"))
        let second = try volumes("data:/d")
        #expect(!second.needsFilling)
        try fill(second)
        #expect(try Files.list(data("data")) == ["mine"])
        #expect(try Files.list(store.temporary) == [])
        _ = (first, second)
    }

    @Test("No link of the image leads out of its root", isRoot)
    func links() throws {
        let secret = try place.directory("secret")
        try Files.create(secret.appending("key"), "secret")
        try Files.makeLink(to: secret.string, at: root.appending("out"))
        try Files.makeLink(to: "../../../../../../../.." + secret.string, at: root.appending("up"))
        try Files.makeLink(to: "/inside", at: root.appending("in"))
        try Files.makeDirectory(root.appending("inside"))
        try Files.create(root.appending("inside/file"))
        try Files.makeLink(to: secret.string, at: root.appending("inside/link"))
        try fill(volumes("out:/out", "up:/up", "in:/in"))
        #expect(try Files.list(data("out")) == [])
        #expect(try Files.list(data("up")) == [])
        #expect(try Files.list(data("in")).sorted() == ["file", "link"])
        #expect(try Files.readLink(data("in").appending("link")) == secret.string)
    }

    @Test("A copy that does not come to its end leaves the volume empty", isRoot)
    func failed() throws {
        try Files.makeDirectory(root.appending("d"))
        try Files.create(root.appending("d/file"))
        let volumes = try volumes("data:/d")
        // Nothing is copied into what is not there.
        try Files.removeDirectory(data("data"))
        try Files.create(data("data"))
        #expect(throws: (any Error).self) { try fill(volumes) }
        #expect(try Files.list(store.temporary) == [])
    }

    @Test("Missing directories of the host are made for -v, and are an error for --mount")
    func sources() throws {
        let path = place.path.appending("new/deep")
        let request = MountRequest(.bind, path.string, at: "/d")
        #expect(throws: VolumeError.noSource(path: path.string)) {
            try ContainerVolumes([request], in: Volumes(store)).hold(isNew: true)
        }
        _ = try volumes("\(path):/d")
        #expect(Files.isDirectory(path))
    }
}
