import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Mount

@Suite("The table of mounts")
struct MountTableTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func entry(_ options: String, at target: String = "/t") throws -> MountEntry {
        let line = "30 25 0:40 / \(target) rw,nosuid shared:1 - union none rw,\(options)\n"
        let table = try MountTable(path: try directory.file("mountinfo", Array(line.utf8)))
        return try #require(table.entries.first)
    }

    @Test("Options with and without values, repeated and empty ones")
    func options() throws {
        let entry = try entry("index,lower=/a:/b,lower+=/c,lower+=/d=e,empty=")
        #expect(entry.values(of: "lower") == ["/a:/b"])
        #expect(entry.values(of: "lower+") == ["/c", "/d=e"])
        #expect(entry.values(of: "index") == [""] && entry.values(of: "empty") == [""])
        #expect(entry.has("rw") && !entry.has("low") && !entry.has("nosuid"))
        #expect(entry.type == "union" && entry.id == 30)
    }

    @Test("Escaped targets are read back")
    func escaped() throws {
        #expect(try entry("x", at: "/a\\040b\\011c\\012d\\134e").target == "/a b\tc\nd\\e")
    }

    @Test("Layers are counted where they are told")
    func count() throws {
        let entry = try entry("lowerdir=/a:/b:/c,lowerdir+=/d,lowerdir+=/e,si=7")
        #expect(LayerCheck.Source.option(key: "lowerdir", separator: ":").count(in: entry) == 3)
        #expect(LayerCheck.Source.option(key: "lowerdir+", separator: nil).count(in: entry) == 2)
        #expect(LayerCheck.Source.option(key: "absent", separator: nil).count(in: entry) == nil)
        let place = try directory.directory("si_7")
        for name in ["br0", "br1", "br12", "brid0", "br", "xbr3", "br1x"] {
            try directory.write("si_7/\(name)", "")
        }
        let prefix = place.removingLastComponent().appending("si_").string
        let source = LayerCheck.Source.directory(prefix: prefix, option: "si", entryPrefix: "br")
        #expect(source.count(in: entry) == 3)
    }

    @Test("A table that is not there is an error")
    func missing() {
        #expect(throws: MountError.tableUnreadable(path: "/nowhere", errno: .noSuchFileOrDirectory)) {
            try MountTable(path: "/nowhere")
        }
    }
}

@Suite("The option string of mount(2)")
struct OptionStringTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func list(_ paths: [FilePath]) -> MountOption {
        .layers(LayerList(paths.map { .init($0, suffix: "=ro") }, prefix: "br:"))
    }

    @Test("Plain paths are spelled out")
    func plain() throws {
        let options = try OptionString([
            .flag("index"), .string("mode", "0700"), .directory("upper", "/u"),
            .file("xino", in: "/x", name: "f"),
            list(["/a", "/b"]), .optional("scratch"),
        ])
        let (text, isRelative) = (options.text, options.isRelativeToDescriptors)
        #expect(text == "index,mode=0700,upper=/u,xino=/x/f,br:/a=ro:/b=ro,scratch")
        #expect(!isRelative)
    }

    @Test(
        "Paths with characters of its own are handed over as numbers",
        arguments: ["a:b", "a,b", "a\\b", "a=b", "a b"])
    func odd(name: String) throws {
        let options = try OptionString([list([try directory.directory(name)])])
        let (text, isRelative) = (options.text, options.isRelativeToDescriptors)
        #expect(isRelative)
        #expect(text.wholeMatch(of: /br:\d+=ro/) != nil, "\(text)")
    }

    @Test("Just below the limit paths stay paths; above it they become numbers")
    func limit() throws {
        let path = try directory.directory(String(repeating: "n", count: 100))
        let each = path.string.utf8.count + "=ro:".utf8.count
        let most = (OptionString.limit - "br:".utf8.count + 1) / each
        for (count, isRelative) in [(most, false), (most + 1, true)] {
            let options = try OptionString([list(Array(repeating: path, count: count))])
            let (text, outcome) = (options.text, options.isRelativeToDescriptors)
            #expect(outcome == isRelative && text.utf8.count <= OptionString.limit)
        }
    }

    @Test("What cannot fit is refused, never cut off")
    func impossible() {
        do {
            _ = try OptionString([.string("key", String(repeating: "v", count: OptionString.limit))])
            Issue.record("accepted")
        } catch {
            #expect(error.errno == .argListTooLong)
        }
    }
}
