import Foundation
import Glibc
import Testing

/// The tools of the field read what mydocker writes, and the other way round.
@Suite("Other tools")
struct ImageToolTests {
    private let sandbox: Sandbox
    private var layout: String { "\(sandbox.root)/images" }

    init() throws {
        sandbox = try Sandbox(on: .disk)
    }

    /// Runs a tool that has to succeed.
    @discardableResult
    private func run(_ words: String..., sourceLocation: SourceLocation = #_sourceLocation) throws -> Outcome
    {
        let outcome = try Program(words).finish()
        try #require(outcome.status == 0, outcome.everything, sourceLocation: sourceLocation)
        return outcome
    }

    private func podman(_ words: String...) throws -> Outcome {
        let places = [
            "--root", "\(sandbox.directory)/podman", "--runroot", "\(sandbox.directory)/podman-run",
        ]
        return try Program(["podman"] + places + ["--storage-driver", "vfs"] + words).finish()
    }

    private func id(_ name: String) throws -> String {
        let outcome = try sandbox.tool("image", "inspect", name)
        try #require(outcome.status == 0, outcome.everything)
        let array = try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [[String: Any]]
        return try #require(array?.first?["Id"] as? String)
    }

    /// The digests of an image's layers.
    private func layers(_ name: String) throws -> [String] {
        let outcome = try sandbox.tool("image", "inspect", name)
        try #require(outcome.status == 0, outcome.everything)
        let array = try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [[String: Any]]
        return try #require((array?.first?["RootFS"] as? [String: Any])?["Layers"] as? [String])
    }

    private func expectRuns(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let outcome = try sandbox.run(name, "sh", "-c", "echo hello; ls /bin/busybox")
        #expect(
            outcome.text == "hello\n/bin/busybox\n", outcome.everything, sourceLocation: sourceLocation)
    }

    @Test("skopeo reads the store, and writes into it what then is listed and runs", .needs("skopeo"))
    func skopeo() throws {
        let inspected = try run("skopeo", "inspect", "--raw", "oci:\(layout):busybox:latest")
        #expect(inspected.text.contains("application/vnd.oci.image.manifest.v1+json"))
        try run("skopeo", "copy", "oci:\(layout):busybox:latest", "oci:\(sandbox.directory)/other:x")
        try run("skopeo", "copy", "oci:\(sandbox.directory)/other:x", "oci:\(layout):reg.example/box:1")
        try run("skopeo", "copy", "oci:\(sandbox.directory)/other:x", "oci:\(layout):plain")
        #expect(try id("reg.example/box:1") == id("busybox"))
        try expectRuns("reg.example/box:1")
        // Without a tag it is the latest.
        try expectRuns("plain:latest")
        #expect(try sandbox.tool("images").lines.count == 4)
    }

    @Test("skopeo reads every form that is saved, and writes what is loaded", .needs("skopeo"))
    func skopeoArchives() throws {
        let forms = [
            ("docker-archive", "docker-archive:"), ("oci-archive", "oci-archive:"), ("docker-dir", "dir:"),
            ("oci-dir", "oci:"),
        ]
        for (form, transport) in forms {
            let path = "\(sandbox.directory)/\(form)"
            let saved = try sandbox.tool("save", "--format", form, "-o", path, "busybox")
            #expect(saved.status == 0, saved.everything)
            try run("skopeo", "copy", "\(transport)\(path)", "oci:\(layout):from-\(form):1")
            // From a form of docker it makes a configuration of its own.
            #expect(try layers("from-\(form):1") == layers("busybox"))
            let name =
                transport == "docker-archive:" ? ":box:\(form)" : transport == "dir:" ? "" : ":box:\(form)"
            try run("skopeo", "copy", "oci:\(layout):busybox:latest", "\(transport)\(path)-2\(name)")
            let loaded = try sandbox.tool("load", "-i", "\(path)-2")
            #expect(loaded.status == 0 && loaded.text.hasPrefix("Loaded image"), loaded.everything)
        }
        try expectRuns("box:oci-dir")
    }

    @Test("layers that skopeo packs with zstd", .needs("skopeo"))
    func zstd() throws {
        let other = "oci:\(sandbox.directory)/other:x"
        try run(
            "skopeo", "copy", "--dest-compress", "--dest-compress-format", "zstd",
            "oci:\(layout):busybox:latest", other)
        try run("skopeo", "copy", other, "oci:\(layout):packed")
        let table = try sandbox.tool("images").text
        let sizes = Set(table.split(separator: "\n").dropFirst().compactMap { $0.split(separator: " ").last })
        #expect(sizes.count == 2, "\(table)")
        try expectRuns("packed")
    }

    @Test("umoci unpacks the same tree, and what it repacks is listed and runs", .needs("umoci"))
    func umoci() throws {
        let bundle = "\(sandbox.directory)/bundle"
        let plain = "\(sandbox.directory)/plain"
        try run("umoci", "unpack", "--image", "\(layout):busybox:latest", bundle)
        try run("mkdir", plain)
        try run("tar", "-C", plain, "--numeric-owner", "-xpf", try Tool.archive.get())
        let trees = ["\(bundle)/rootfs", plain].map { root in
            describeTree(root).dropFirst().map { $0.dropFirst(root.count) }
        }
        #expect(trees[0] == trees[1] && trees[0].count > 10)
        try run("sh", "-c", "echo changed > \(bundle)/rootfs/new && rm \(bundle)/rootfs/bin/vi")
        try run("umoci", "repack", "--image", "\(layout):changed:1", bundle)
        try run(
            "umoci", "config", "--image", "\(layout):changed:1", "--config.cmd", "cat", "--config.cmd", "/new"
        )
        #expect(try run("umoci", "stat", "--image", "\(layout):busybox:latest").text.contains("LAYER"))
        #expect(try sandbox.tool("images").text.contains("changed"))
        #expect(try sandbox.run("--image", "changed:1").text == "changed\n")
        #expect(try sandbox.run("changed:1", "test", "-e", "/bin/vi").status == 1)
        // Its garbage collection takes nothing that is ours, and ours nothing that is its.
        try run("umoci", "gc", "--layout", layout)
        try expectRuns("busybox:latest")
        #expect(try sandbox.tool("rmi", "busybox").status == 0)
        try run("umoci", "unpack", "--image", "\(layout):changed:1", "\(bundle)2")
        #expect(try sandbox.run("changed:1", "cat", "/new").text == "changed\n")
    }

    @Test("podman loads what is saved, and what it saves is loaded", .needs("podman"))
    func podman() throws {
        let forms = ["docker-archive", "oci-archive", "docker-dir", "oci-dir"]
        // It takes an OCI directory's path for a name, which has to be lower case; skopeo reads those.
        for form in forms where form != "oci-dir" {
            let path = "\(sandbox.directory)/ours-\(form)"
            #expect(try sandbox.tool("save", "--format", form, "-o", path, "busybox").status == 0)
            let loaded = try podman("load", "-i", path)
            #expect(loaded.status == 0, loaded.everything)
        }
        let name = "localhost/busybox:latest"
        let listed = try podman("images", "--no-trunc", "-q", name)
        #expect(listed.lines == [try id("busybox")], listed.everything)
        for form in forms {
            let path = "\(sandbox.directory)/theirs-\(form)"
            let saved = try podman("save", "--format", form, "-o", path, name)
            try #require(saved.status == 0, saved.everything)
            let loaded = try sandbox.tool("load", "-i", path)
            let isNamed = form != "docker-dir"
            #expect(
                loaded.text.hasPrefix(isNamed ? "Loaded image: \(name)" : "Loaded image ID: sha256:"),
                loaded.everything)
            if isNamed { try expectRuns(name) }
        }
        _ = try podman("rmi", "-a", "-f")
    }

    @Test(
        "what is written is valid by the schemas of the image specification",
        .enabled(
            if: ImageSpecification.isThere,
            "golang-github-opencontainers-image-spec-dev or python3-jsonschema is not installed"))
    func schemas() throws {
        try #require(try sandbox.tool("tag", "busybox", "other:1").status == 0)
        let saved = "\(sandbox.directory)/saved"
        try #require(try sandbox.tool("save", "--format", "oci-dir", "-o", saved, "busybox").status == 0)
        for path in [layout, saved] {
            let outcome = try Program([
                "/usr/bin/python3", "-c", ImageSpecification.validator, ImageSpecification.schemas, path,
            ]).finish()
            #expect(outcome.status == 0 && outcome.text == "4 kinds of documents\n", outcome.everything)
        }
        // The validator is one.
        Machine.write("\(saved)/oci-layout", "{\"imageLayoutVersion\":1}")
        let outcome = try Program([
            "/usr/bin/python3", "-c", ImageSpecification.validator, ImageSpecification.schemas, saved,
        ]).finish()
        #expect(outcome.status != 0)
    }
}

/// The schemas of the image specification, as Debian packages them, and a program that applies them.
private enum ImageSpecification {
    static let schemas = "/usr/share/gocode/src/github.com/opencontainers/image-spec/schema"

    static let validator = """
        import glob, json, sys, jsonschema
        folder, layout = sys.argv[1:]
        schemas = {}
        for name in glob.glob(folder + "/*.json"):
            schema = json.load(open(name))
            schemas[name.split("/")[-1]] = schema
        # Their own names are of a server; without them, references are to the files.
        def strip(value):
            if isinstance(value, dict):
                if isinstance(value.get("id"), str): del value["id"]
                for member in value.values(): strip(member)
        strip(schemas)
        store = {"file:///schema/" + name: schema for name, schema in schemas.items()}
        seen = set()
        def check(document, kind):
            seen.add(kind)
            schema = schemas[kind + "-schema.json"]
            base = "file:///schema/" + kind + "-schema.json"
            resolver = jsonschema.RefResolver(base, schema, store=store)
            jsonschema.Draft4Validator(schema, resolver=resolver).validate(document)
            return document
        def blob(descriptor):
            return json.load(open(layout + "/blobs/sha256/" + descriptor["digest"].split(":")[1]))
        check(json.load(open(layout + "/oci-layout")), "image-layout")
        for entry in check(json.load(open(layout + "/index.json")), "image-index")["manifests"]:
            check(blob(check(blob(entry), "image-manifest")["config"]), "config")
        print(len(seen), "kinds of documents")
        """

    static var isThere: Bool {
        Machine.exists(schemas) && Machine.exists("/usr/lib/python3/dist-packages/jsonschema")
    }
}
