import Testing

@testable import Runtime

@Suite("Whom a command runs as")
struct ContainerUserTests {
    private static let passwd = """
        root:x:0:0:root:/root:/bin/sh
        broken:x
        :x:5:5::/nobody:
        huge:x:4294967295:1::/huge:
        web:x:33:44:Web, the server:/srv:/usr/sbin/nologin
        twice:x:33:1::/other:
        77:x:1000:1000::/by-name:
        4294967296:x:0:0::/too-large:
        bare:x:9::::
        """
    private static let group = """
        root:x:0:
        http:x:44:
        extra:x:70:other,web
        more:x:71:web
        none:x:72:webs
        4321:x:0:
        broken:x:abc:web
        """

    @Test(
        "What users may say",
        arguments: [
            ("web", 33, 44, [70, 71], "/srv"), ("33", 33, 44, [70, 71], "/srv"),
            ("web:extra", 33, 70, [], "/srv"), ("web:5", 33, 5, [], "/srv"),
            ("web:", 33, 44, [70, 71], "/srv"),
            ("1234", 1234, 0, [], "/"), ("1234:5", 1234, 5, [], "/"), (":70", 0, 70, [], "/root"),
            ("root", 0, 0, [], "/root"), ("77", 77, 0, [], "/"), ("web:4321", 33, 4321, [], "/srv"),
            ("1000:http", 1000, 44, [], "/by-name"), ("4294967294", 4_294_967_294, 0, [], "/"),
            ("bare", 9, 0, [], "/"),
        ] as [(String, UInt32, UInt32, [UInt32], String)])
    func found(specification: String, uid: UInt32, gid: UInt32, groups: [UInt32], home: String) throws {
        let user = try ContainerUser(specification, passwd: Self.passwd, group: Self.group)
        #expect(user.uid == uid && user.gid == gid && user.groups == groups && user.home == home, "\(user)")
    }

    @Test(
        "Nobody",
        arguments: [
            "nobody", "broken", "huge", "-1", "+1", "0x10", "4294967295", "4294967296", "web ", "1e3",
        ])
    func noUser(specification: String) {
        #expect(throws: ContainerUser.Problem.self) {
            try ContainerUser(specification, passwd: Self.passwd, group: Self.group)
        }
    }

    @Test("No such group", arguments: ["web:nobody", "0:-1", "0:broken", "0:4294967295"])
    func noGroup(specification: String) {
        #expect(throws: ContainerUser.Problem.self) {
            try ContainerUser(specification, passwd: Self.passwd, group: Self.group)
        }
    }

    @Test("An image without users has root, and numbers")
    func empty() throws {
        #expect(try ContainerUser("0", passwd: "", group: "").home == "/")
        #expect(throws: ContainerUser.Problem.self) { try ContainerUser("root", passwd: "", group: "") }
    }
}
