import Foundation
import SystemPackage
import Testing

@testable import Engine
@testable import Mount
@testable import Runtime

@Suite("What the options for mounts say")
struct MountRequestTests {
    private func volume(_ text: String) throws -> MountRequest {
        try MountRequest(volume: text, in: "/here")
    }

    private func mount(_ text: String) throws -> MountRequest {
        try MountRequest(mount: text, in: "/here")
    }

    @Test("-v with a directory of the host")
    func hostDirectory() throws {
        var expected = MountRequest(.bind, "/a b", at: "/c")
        expected.makesSource = true
        #expect(try volume("/a b:/c/") == expected)
        expected.readOnly = .yes
        expected.propagation = "rslave"
        #expect(try volume("/a b:/c:ro,rslave,z") == expected)
        #expect(try volume("./x/..:/c").source == "/here")
    }

    @Test("-v with a volume, and without anything")
    func volumes() throws {
        var expected = MountRequest(.volume, "data", at: "/c")
        #expect(try volume("data:/c") == expected)
        expected.copiesImage = false
        expected.denied = ["noexec"]
        #expect(try volume("data:/c:nocopy,noexec") == expected)
        let anonymous = try volume("/c")
        #expect(anonymous.isAnonymous && anonymous.source == nil && anonymous.target == "/c")
    }

    @Test(
        "-v that makes no sense",
        arguments: [
            "", ":", "/a:", ":/a", "/a:/b:", "/a:/b:ro:x", "/a:b", "a:/b", "data:/", "data:/x/..", "/",
            "/a:/b:bogus", "/a:/b:ro,", "/a:/b:nocopy", "da/ta:/b", "-x:/b", "relative",
        ])
    func badVolume(text: String) {
        #expect(throws: RunError.self) { try volume(text) }
    }

    @Test("--mount in docker's words")
    func mounts() throws {
        #expect(try mount("type=bind,src=/a,dst=/b") == MountRequest(.bind, "/a", at: "/b"))
        var bind = MountRequest(.bind, "/a,\"b", at: "/b")
        bind.readOnly = .alone
        bind.propagation = "shared"
        #expect(
            try mount(
                "type=bind,\"source=/a,\"\"b\",TARGET=/b,readonly,bind-recursive=writable,bind-propagation=shared"
            ) == bind)
        var named = MountRequest(.volume, "data", at: "/b")
        named.readOnly = .yes
        named.copiesImage = false
        named.labels = ["a": "b=c"]
        named.subpath = "x/y"
        #expect(
            try mount(
                "source=data,destination=/b,ro=true,volume-nocopy,volume-label=a=b=c,volume-subpath=x/./y")
                == named)
        #expect(try mount("type=volume,dst=/b").isAnonymous)
        #expect(try mount("type=bind,src=/a,dst=/b,readonly=false").readOnly == .no)
        #expect(try mount("type=bind,src=/a,dst=/b,bind-nonrecursive").isRecursive == false)
        let memory = try mount("type=tmpfs,dst=/b,tmpfs-size=64m,tmpfs-mode=1770")
        #expect(memory.options == ["size=67108864", "mode=1770"])
        #expect(memory.denied == ["noexec", "nosuid", "nodev"])
    }

    @Test(
        "--mount that makes no sense",
        arguments: [
            "", "type=bind", "type=bind,dst=/b", "type=bind,src=a,dst=/b", "type=floppy,dst=/b",
            "src=/a,dst=/b",
            "type=bind,src=/a", "type=bind,src=/a,dst=b", "type=bind,src=/a,dst=/",
            "type=bind,src=/a,dst=/b,x",
            "type=bind,src=/a,dst=/b,ro=maybe", "type=bind,src=/a,dst=/b,volume-nocopy",
            "type=volume,src=data,dst=/b,bind-propagation=shared",
            "type=volume,src=data,dst=/b,volume-driver=nfs",
            "type=volume,src=data,dst=/b,volume-subpath=../x",
            "type=volume,src=data,dst=/b,volume-subpath=/x",
            "type=tmpfs,src=x,dst=/b", "type=tmpfs,dst=/b,tmpfs-size=much",
            "type=tmpfs,dst=/b,tmpfs-mode=rwx",
            "type=bind,\"src=/a,dst=/b", "type=bind,src=/a,dst=/b,bind-propagation=noexec",
        ])
    func badMount(text: String) {
        #expect(throws: RunError.self) { try mount(text) }
    }

    @Test("--tmpfs")
    func memory() throws {
        let plain = try MountRequest(tmpfs: "/run")
        #expect(plain.denied == ["noexec", "nosuid", "nodev"] && plain.options.isEmpty)
        let full = try MountRequest(tmpfs: "/run:rw,exec,size=10%,mode=755,uid=5")
        #expect(full.denied == ["nosuid", "nodev"] && full.options == ["size=10%", "mode=755", "uid=5"])
        #expect(try MountRequest(tmpfs: "/run:ro").readOnly == .yes)
        for text in ["", "run", "/", "/run:size", "/run:size=1,context=x", "/run:tmpcopyup", "/run:shared"] {
            #expect(throws: RunError.self) { try MountRequest(tmpfs: text) }
        }
    }

    @Test("The user's come before those of other containers, and those before the image's")
    func resolved() throws {
        let others = try [volume("other:/o"), volume("other:/d")]
        let result = try MountRequest.resolve(
            [volume("data:/d/e"), volume("/d"), volume("/a:/z")], from: others,
            image: ["/d", "/v/w/", "x", "/"])
        #expect(result.map(\.target) == ["/d", "/z", "/o", "/x", "/d/e", "/v/w"])
        #expect(result.map(\.kind) == [.volume, .bind, .volume, .volume, .volume, .volume])
        for anonymous in [result[0], result[3], result[5]] {
            #expect(anonymous.isAnonymous && anonymous.source?.utf8.count == 64)
        }
        #expect(result[4].source == "data" && !result[4].isAnonymous)
        #expect(throws: VolumeError.targetTaken("/d")) {
            try MountRequest.resolve([volume("a1:/d"), volume("/a:/d/")])
        }
    }

    @Test("In a record it is what it was")
    func record() throws {
        let requests = try MountRequest.resolve([
            mount(
                "type=bind,\"src=/a \"\"ü\",dst=/b,readonly,bind-recursive=readonly,bind-propagation=slave"),
            mount("src=data,dst=/c,volume-subpath=x"), MountRequest(tmpfs: "/run:exec,size=1k"), volume("/v"),
            mount("type=bind,src=/a,dst=/nr,bind-nonrecursive"),
        ])
        let text = "[" + requests.map(\.json).joined(separator: ",") + "]"
        #expect(try JSONDecoder().decode([MountRequest].self, from: Data(text.utf8)) == requests)
        let encoder = JSONEncoder()
        let again = try JSONDecoder().decode([MountRequest].self, from: encoder.encode(requests))
        #expect(again == requests)
        for text in [
            #"{"type":"volume","target":"/x"}"#, #"{"type":"volume","source":"../x","target":"/x"}"#,
            #"{"type":"bind","source":"/a","target":"x"}"#, #"{"type":"bind","source":"/a","target":"/"}"#,
        ] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(MountRequest.self, from: Data(text.utf8))
            }
        }
    }

    @Test("For init it is paths and flags")
    func mountsForInit() throws {
        var expected = ContainerMount(.host("/data", inside: "x"), at: "/c")
        expected.readOnly = .yes
        expected.denied = [.programs]
        var request = try mount("src=data,dst=/c,ro,volume-subpath=x")
        request.denied = ["noexec"]
        #expect(request.mount(volume: "/data") == expected)
        let shared = try volume("/a:/b:shared").mount(volume: nil)
        #expect(shared.propagation == .isShared && !shared.propagatesBelow)
        #expect(
            try MountRequest(tmpfs: "/t:size=1k").mount(volume: nil).source == .memory(options: "size=1k"))
    }
}
