import Foundation
import Glibc
import Testing

/// A whole distribution goes through everything there is, and comes out as it went in: content, modes, owners, times to
/// the nanosecond, extended attributes, ACLs, hard links, holes.
///
/// What has to come out is made by chroot(8) and cp(1), and compared by a program that shares no code with mydocker.
@Suite(
    "A Debian root file system", .needs("mmdebstrap", "skopeo", "umoci", "python3", "setfacl", "setfattr"))
struct DebianTests {
    private let sandbox: Sandbox
    private let tree: DebianTree

    init() throws {
        sandbox = try Sandbox(withImage: false, on: .large)
        // Made by the first test that runs: any other selection of tests pays nothing for it.
        if case .failure(let missing as DebianTree.Missing) = DebianTree.archive {
            try Test.cancel("\(missing)")
        }
        tree = try DebianTree(in: sandbox.directory)
    }

    private func run(_ words: String...) throws -> Outcome {
        let outcome = try Program(words).finish()
        try #require(outcome.status == 0, outcome.everything)
        return outcome
    }

    private func tool(_ words: String..., in store: String? = nil) throws -> Outcome {
        let outcome = try Program(
            [Tool.binary] + words, .init(environment: ["MYDOCKER_ROOT": store ?? sandbox.root])
        ).finish()
        try #require(outcome.status == 0, outcome.everything)
        return outcome
    }

    private func details(_ image: String, in store: String? = nil) throws -> (id: String, layers: [String]) {
        let array =
            try JSONSerialization.jsonObject(with: Data(tool("image", "inspect", image, in: store).output))
            as? [[String: Any]]
        let id = try #require(array?.first?["Id"] as? String)
        return (id, try #require((array?.first?["RootFS"] as? [String: Any])?["Layers"] as? [String]))
    }

    /// The tree that a container sees, which has said that it is ready.
    private func look(in store: String? = nil) throws -> TreeLines {
        let place = "\(store ?? sandbox.root)/containers"
        let ids = Machine.list(place)
        try #require(ids.count == 1)
        var process: Int?
        while process == nil {
            let text = Machine.text("\(place)/\(ids[0])/container.json") ?? "{}"
            process =
                (try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])?["process"]
                as? Int
        }
        return try TreeLines(of: .process(#require(process)))
    }

    /// Expects the tree that a container with this image sees.
    private func expect(
        _ image: String, _ driver: Driver, in store: String? = nil, is expected: TreeLines,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let container = try Program(
            [
                Tool.binary, "run", "-i", "--storage", driver.name, "--image", image, "sh", "-c",
                "echo ready; read line",
            ], .init(environment: ["MYDOCKER_ROOT": store ?? sandbox.root], input: .pipe))
        let ready = try container.line()
        try #require(ready == "ready")
        TreeLines.expect(
            try look(in: store), expected, "\(image) under \(driver.name)", sourceLocation: sourceLocation)
        container.send("\n")
        #expect(container.finish().status == 0)
    }

    @Test(
        "imported, run and changed under each driver, committed, saved, read by other tools, loaded, run under each"
    )
    func roundTrip() throws {
        let drivers = Driver.usable
        #expect(tree.original.lines.count > 8000)
        #expect(tree.changed != tree.original && tree.linked.kept != tree.linked.broken)
        _ = try tool("image", "import", tree.directory, "debian")
        for driver in drivers { try change(under: driver) }

        // The same changes are the same layer, whoever made them.
        let layers = try drivers.map { try details("\($0.name):changed").layers }
        #expect(layers.allSatisfy { $0 == layers[0] && $0.count == 2 })
        for (driver, form) in zip(drivers, ["oci-archive", "docker-archive", "oci-archive"]) {
            try readByOthers("\(driver.name):linked", as: form, linkedTree(driver))
            try load("\(driver.name):linked", linkedTree(driver))
            try export(from: driver)
            _ = try tool("rm", driver.name)
        }
        try sandbox.waitForDeletions()
        sandbox.expectClean()
    }

    private func linkedTree(_ driver: Driver) -> TreeLines {
        driver.keepsLinks ? tree.linked.kept : tree.linked.broken
    }

    /// Changes a container in two steps; each becomes an image.
    private func change(under driver: Driver) throws {
        let container = try Program(
            [
                Tool.binary, "run", "-i", "--keep", "--name", driver.name, "--storage", driver.name, "debian",
                "sh", "-c",
                "echo ready; read line; sh -c \"$0\"; echo $?; read line; sh -c \"$1\"; echo $?; read line",
                tree.change,
                tree.link,
            ], .init(environment: ["MYDOCKER_ROOT": sandbox.root], input: .pipe))
        #expect(try container.line() == "ready")
        TreeLines.expect(try look(), tree.original, "imported, under \(driver.name)")
        container.send("\n")
        #expect(try container.line() == "0")
        TreeLines.expect(try look(), tree.changed, "changed under \(driver.name)")
        _ = try tool("commit", "--timestamp", "1", driver.name, "\(driver.name):changed")
        container.send("\n")
        #expect(try container.line() == "0")
        TreeLines.expect(try look(), linkedTree(driver), "a link edited under \(driver.name)")
        _ = try tool("commit", "--timestamp", "1", driver.name, "\(driver.name):linked")
        container.send("\n")
        let outcome = container.finish()
        #expect(outcome.status == 0, outcome.everything)
        // Ended, it is what it was.
        let (before, after) = (try details("\(driver.name):linked").id, "\(driver.name):ended")
        _ = try tool("commit", "--timestamp", "1", driver.name, after)
        #expect(try details(after).id == before)
    }

    private var saved: String { "\(sandbox.directory)/saved.tar" }

    /// Saves an image, and expects other tools to find the tree in it.
    private func readByOthers(_ image: String, as form: String, _ expected: TreeLines) throws {
        let copy = "\(sandbox.directory)/copy"
        _ = try run("rm", "-rf", saved, copy)
        _ = try tool("save", "--format", form, "-o", saved, image)
        let inspected = try run("skopeo", "inspect", "--config", "\(form):\(saved)")
        for layer in try details(image).layers { #expect(inspected.text.contains(layer)) }
        _ = try run(
            "skopeo", "copy", "-q", "--dest-compress-level", "1", "\(form):\(saved)",
            "oci:\(copy):it")
        _ = try run("umoci", "unpack", "--image", "\(copy):it", "\(copy)/bundle")
        TreeLines.expect(
            try TreeLines(of: .directory("\(copy)/bundle/rootfs"), holes: false), expected.withoutHoles,
            "\(image) as umoci unpacks it from a \(form)")
    }

    /// Loads what was saved into another store, and expects the same image and tree there.
    private func load(_ image: String, _ expected: TreeLines) throws {
        let store = "\(sandbox.directory)/other"
        _ = try run("rm", "-rf", store)
        _ = try tool("load", "-q", "-i", saved, in: store)
        let (old, new) = (try details(image), try details(image, in: store))
        #expect(new.id == old.id && new.layers == old.layers)
        for driver in Driver.usable { try expect(image, driver, in: store, is: expected) }
    }

    /// Expects what is exported from one driver to be the same tree under each.
    private func export(from driver: Driver) throws {
        _ = try run("rm", "-f", saved)
        _ = try tool("export", "-o", saved, driver.name)
        _ = try tool("image", "import", saved, "\(driver.name):exported")
        for other in Driver.usable { try expect("\(driver.name):exported", other, is: linkedTree(driver)) }
    }
}
