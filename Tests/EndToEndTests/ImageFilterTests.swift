import Foundation
import Testing

@Suite("Lists of some images")
struct ImageFilterTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
        try #require(try sandbox.run("--storage", "bind", "--keep", "--name", "c", "touch", "/x").status == 0)
        // Three more, of the first day of three years.
        for (number, seconds) in [(1, 978_307_200), (2, 1_009_843_200), (3, 1_041_379_200)] {
            let made = try sandbox.tool(
                "commit", "--timestamp", "\(seconds)", "-c", "LABEL all= n=\(number)", "c",
                "reg.example/made/\(number):v\(number)")
            try #require(made.status == 0, made.everything)
        }
    }

    /// The tags that are listed.
    private func tags(_ words: String...) throws -> [String] {
        let outcome = try sandbox.start(["images"] + words).finish()
        try #require(outcome.status == 0, outcome.everything)
        return outcome.lines.dropFirst().map { String($0.split(separator: " ")[1]) }
    }

    @Test("by a name, or a pattern of names")
    func names() throws {
        #expect(try tags() == ["latest", "v1", "v2", "v3"])
        #expect(try tags("-a") == ["latest", "v1", "v2", "v3"])
        #expect(try tags("busybox") == ["latest"] && tags("busybox:latest") == ["latest"])
        #expect(try tags("nothing") == [] && tags("busy") == [] && tags("*") == ["latest"])
        #expect(try tags("reg.example/*/*") == ["v1", "v2", "v3"] && tags("*/*/?:v[13]") == ["v1", "v3"])
        #expect(try tags("--filter", "reference=busy*", "--filter=reference=*/*/2") == ["latest", "v2"])
        #expect(try sandbox.tool("image", "list", "-q", "busybox").lines.count == 1)
    }

    @Test("by label, and by when they were made")
    func filters() throws {
        #expect(try tags("-f", "label=all") == ["v1", "v2", "v3"] && tags("-f", "label=n=2") == ["v2"])
        #expect(try tags("-f", "label=all", "-f", "label=n=1") == ["v1"])
        #expect(try tags("-f", "since=reg.example/made/1:v1") == ["v2", "v3"])
        #expect(try tags("-f", "since=reg.example/made/2:v2") == ["v3"])
        #expect(try tags("-f", "before=reg.example/made/3:v3", "-f", "label=all") == ["v1", "v2"])
        #expect(try tags("-f", "until=2001-06-01", "-f", "label=all") == ["v1"])
        #expect(try tags("-f", "until=24h", "-f", "label=all") == ["v1", "v2", "v3"])
        #expect(try tags("-f", "dangling=true") == [])
        try #require(
            try sandbox.tool("import", "-m", "x", "--unpack", "none", Tool.archive.get()).status == 0)
        #expect(try tags("-f", "dangling=true") == ["<none>"] && tags("-f", "dangling=false").count == 4)
        for (filter, text) in [
            ("size=3", "invalid filter 'size=3'"), ("dangling=x", "'x' is no value of --filter dangling="),
            ("until=x", "--filter until"), ("before=none", "no image \"none\""),
        ] {
            let outcome = try sandbox.tool("images", "--filter", filter)
            #expect(outcome.status == 125 && outcome.errors.contains(text), outcome.everything)
        }
    }

    @Test("with their digests")
    func digests() throws {
        let table = try sandbox.tool("images", "--digests", "busybox")
        #expect(table.lines[0].hasPrefix("REPOSITORY   TAG       DIGEST  "), table.everything)
        #expect(table.lines[1].contains("latest    sha256:"), table.everything)
    }
}
