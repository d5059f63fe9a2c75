import Testing

@testable import Images
@testable import Layers

@Suite("Image names")
struct ImageNameTests {
    @Test(
        "valid names",
        arguments: [
            ("busybox", "busybox", "latest"),
            ("busybox:1.36", "busybox", "1.36"),
            ("reg.example/a/b:tag", "reg.example/a/b", "tag"),
            ("reg.example:5000/a", "reg.example:5000/a", "latest"),
            ("localhost/a---b:_x", "localhost/a---b", "_x"),
            ("[::1]:5000/a:T.g-1", "[::1]:5000/a", "T.g-1"),
            ("Host/a", "Host/a", "latest"),
            ("a/b.c_d__e", "a/b.c_d__e", "latest"),
            ("h:65535/sha256:1", "h:65535/sha256", "1"),
        ])
    func valid(text: String, repository: String, tag: String) throws {
        let name = try ImageName(text)
        #expect(name.repository == repository)
        #expect(name.tag == tag)
        #expect(try ImageName(name.description) == name)
    }

    @Test(
        "refused names",
        arguments: [
            "", "../x", "a/../b", "/a", "a/", "a//b", ".a", "a.", "-a", "a..b", "a___b", "A", "a:", "a:.x",
            "a:-x", "a b", "a\n", "a@sha256:00", "reg.example:/a", "reg.example:x/a", "ä", "a:ä", "a\0b", "*",
            "a__b/c-_d", "a.b_c/d",
            "-h.x/a", "[zz]/a", "sha256:abc", "sha512", "h:65536/a", "h:/a", "h:99999999999999999999/a",
            String(repeating: "a", count: 256), String(repeating: "0", count: 64),
            "a:" + String(repeating: "t", count: 129),
        ])
    func refused(text: String) {
        #expect(throws: ImageError.self) { try ImageName(text) }
    }

    @Test("digests are parsed strictly")
    func digests() throws {
        let empty = SHA256Hasher.digest(of: [])
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        #expect(empty.description == "sha256:" + hex)
        #expect(try Digest("sha256:" + hex) == empty)
        for text in [
            hex, "sha256:" + hex.uppercased(), "sha256:" + hex.dropLast(), "md5:" + hex, "sha256:../x",
        ] {
            #expect(throws: ImageError.self) { try Digest(text) }
        }
    }
}
