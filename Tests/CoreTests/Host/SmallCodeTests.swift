import SystemPackage
import Testing

@testable import Host

@Suite("What the libraries have too")
struct SmallCodeTests {
    @Test(
        "The path without its last component is the library's",
        arguments: ["", "/", "a", "/a", "a/b", "/a/b", "/a/b/..", "./a", "//a//b/", "/a\\b/c d", "/ä/ö"])
    func parent(text: String) {
        let path = FilePath(text)
        #expect(path.parent == path.removingLastComponent())
    }

    @Test("A path that is not UTF-8 keeps its bytes")
    func bytes() {
        #expect(FilePath(bytes: [0x2f, 0xff, 0x2f, 0x61]).parent == FilePath(bytes: [0x2f, 0xff]))
    }

    @Test(
        "Components are appended as the library does",
        arguments: [("/a", "b/c"), ("/a", "/b"), ("", "b"), ("/", "b//c/"), ("a", ""), ("/a", "../b")])
    func components(path: String, other: String) {
        let components = FilePath(other).components
        #expect(FilePath(path).appending(components) == FilePath(path).appending(Array(components)))
    }

    @Test("Strings are joined", arguments: [[], ["a"], ["a", ""], ["", "b", "c"]])
    func joined(parts: [String]) {
        #expect(parts.joined(by: ", ") == parts.joined(separator: ", "))
    }
}
