import SystemPackage
import Testing

@testable import Engine
@testable import Host
@testable import Runtime
@testable import Storage
@testable import Tree

@Suite("Who a container's users are on the host")
struct IDMapTests {
    private func map(_ text: String) throws -> IDMap {
        try IDMap(users: text, option: "--userns", groups: nil, groupOption: "--userns")
    }

    @Test("Numbers inside and outside")
    func numbers() throws {
        let map = try map("0:1000:1,1:100000:65535")
        #expect(map.groups == map.users)
        #expect([0, 1, 65535, 65536].map { map.outside(user: $0) } == [1000, 100_000, 165_534, nil])
        #expect(
            [1000, 100_000, 165_534, 165_535, 0].map { map.inside(user: $0) } == [0, 1, 65535, nil, nil])
        #expect(map.root == (1000, 1000))
        #expect(map.users.map(\.text) == ["0:1000:1", "1:100000:65535"])
    }

    @Test(
        "What the kernel would refuse, or what has no root, is refused before",
        arguments: [
            "", "0", "0:0", "0:0:0", "a:0:1", "0:0:1:1", "-1:0:5", "0:0:1,", "1:1:1", "0:0:4294967296",
            "0:1:4294967295", "1:0:4294967295", "0:0:2,1:5:1", "0:0:2,5:1:1",
            (0..<341).map { "\($0):\($0 * 2):1" }.joined(separator: ","),
        ])
    func refused(text: String) {
        #expect(throws: RunError.self) { try map(text) }
    }

    @Test("Never a crash, whatever is asked for")
    func arbitrary() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let text = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                (0..<3).map { _ in "\(UInt32.random(in: 0...UInt32.max, using: &generator))" }
                    .joined(separator: ":")
            }.joined(separator: ",")
            guard let map = try? map(text) else { continue }
            for range in map.users {
                #expect(map.inside(user: range.outside) == range.inside)
                #expect(map.outside(user: range.inside) == range.outside)
            }
        }
    }

    @Test("auto: each container has its own, and what no container has any more is given again")
    func reservations() throws {
        let store = Store(at: FilePath("/tmp/mydocker-users-\(LiveDirectory.randomName())"))
        defer { try? TreeRemoval.remove(store.root) }
        try store.create()
        let ids = ["aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc"]
        for id in ids { try Files.makeDirectory(store.containers.appending(FilePath(id).components)) }
        let maps = try ids.map { try IDReservations(in: store).take(for: $0) }
        #expect(Set(maps.map { $0.root.user }).count == 3)
        #expect(maps.allSatisfy { $0.users.count == 1 && $0.users[0].count == 65536 })
        try Files.removeDirectory(store.containers.appending(FilePath(ids[1]).components))
        #expect(try IDReservations(in: store).take(for: ids[2]) == maps[1])
    }

    @Test("Records of containers say it as it was")
    func record() throws {
        let directory = FilePath("/tmp/mydocker-users-\(LiveDirectory.randomName())/0123456789ab")
        defer { try? TreeRemoval.remove(directory.removingLastComponent()) }
        try Files.makeDirectories(directory)
        var record = ContainerRecord(
            id: "0123456789ab", name: "box", image: "busybox:latest", driver: "overlay", command: ["sh"],
            created: 1, keep: true)
        record.spec = ContainerSpec()
        record.spec?.users = try IDMap(
            users: "0:5:1,1:100:7", option: "--uidmap", groups: "0:6:2", groupOption: "--gidmap")
        try record.write(to: directory)
        #expect(try ContainerRecord(from: directory) == record)
    }
}
