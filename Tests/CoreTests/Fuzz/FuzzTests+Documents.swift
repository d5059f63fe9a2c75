import SystemPackage
import Testing

@testable import Host
@testable import Images
@testable import Layers

extension FuzzTests {
    private static let name = "org.opencontainers.image.ref.name"

    /// A JSON value to put where another one belongs.
    private func strangeValue(_ random: inout SeededGenerator) -> String {
        let values = [
            "null", "true", "0", "-1", "1e999", "9223372036854775807", "18446744073709551616", "1.5", "\"\"",
            "[]",
            "{}", "\"sha256:0\"", "\"\\u0000\"", "\"\\ud800\"", "\"\u{1b}[2J\"", "[null]", "{\"a\":{}}",
            "\"sha256:\(String(repeating: "0", count: 64))\"", "\"../../../etc/passwd\"",
            String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000),
            String(repeating: "{\"a\":", count: 3000) + "1" + String(repeating: "}", count: 3000),
        ]
        return values[Int.random(in: 0..<values.count, using: &random)]
    }

    /// A document of these members, some of them missing, twice there or strange.
    private func object(_ members: [(String, String)], _ random: inout SeededGenerator) -> String {
        var parts: [String] = []
        for (key, value) in members {
            switch Int.random(in: 0..<40, using: &random) {
            case 0: continue
            case 1: parts += ["\"\(key)\":\(value)", "\"\(key)\":\(strangeValue(&random))"]
            case 2: parts.append("\"\(key)\":\(strangeValue(&random))")
            default: parts.append("\"\(key)\":\(value)")
            }
        }
        var text = "{" + parts.joined(separator: ",") + "}"
        if Int.random(in: 0..<60, using: &random) == 0 {
            text = String(text.prefix(Int.random(in: 0..<text.count, using: &random)))
        }
        return text
    }

    private func descriptor(
        _ type: String, _ content: String, more: [(String, String)] = [], _ random: inout SeededGenerator
    ) -> String {
        let digest = SHA256Hasher.digest(of: content.utf8)
        return object(
            [("mediaType", "\"\(type)\""), ("digest", "\"\(digest)\""), ("size", "\(content.utf8.count)")]
                + more,
            &random)
    }

    @Test("documents: an image layout of anyone's is read, or refused with a reason")
    func documents() throws {
        let temporary = try TemporaryDirectory(in: Files.exists("/dev/shm") ? "/dev/shm" : "/tmp")
        let layout = try temporary.directory("layout")
        _ = try temporary.directory("layout/blobs")
        _ = try temporary.directory("layout/blobs/sha256")
        let store = ImageStore(at: layout)
        let wanted = try ImageName("box")
        let platform = Platform.current
        var resolved = 0
        let run = FuzzRun(target: "documents", cases: 400, share: 14)
        try run { random in
            func publish(_ content: String) throws {
                let digest = SHA256Hasher.digest(of: content.utf8)
                try temporary.write("layout/blobs/sha256/\(digest.hex)", content)
            }
            let layer = "layer"
            try publish(layer)
            let settings = object(
                [
                    ("Cmd", "[\"sh\"]"), ("Env", "[\"A=b\"]"), ("ExposedPorts", "{\"80/tcp\":{}}"),
                    ("User", "\"0\""),
                ],
                &random)
            let layerDigest = SHA256Hasher.digest(of: layer.utf8)
            let rootfs = object([("type", "\"layers\""), ("diff_ids", "[\"\(layerDigest)\"]")], &random)
            let config = object(
                [
                    ("architecture", "\"\(platform.architecture)\""), ("os", "\"linux\""),
                    ("config", settings),
                    ("rootfs", rootfs), ("created", "\"2020-01-01T00:00:00Z\""),
                    ("history", "[{\"created_by\":\"x\",\"empty_layer\":true}]"),
                ], &random)
            try publish(config)
            let layers = "[" + descriptor(MediaType.layer, layer, &random) + "]"
            let manifest = object(
                [
                    ("schemaVersion", "2"), ("mediaType", "\"\(MediaType.manifest)\""),
                    ("config", descriptor(MediaType.config, config, &random)), ("layers", layers),
                ], &random)
            try publish(manifest)
            var entry = (type: MediaType.manifest, content: manifest)
            if Int.random(in: 0..<4, using: &random) == 0 {
                let machine = object(
                    [("architecture", "\"\(platform.architecture)\""), ("os", "\"linux\"")], &random)
                let inner = descriptor(entry.type, entry.content, more: [("platform", machine)], &random)
                entry = (
                    MediaType.index, object([("schemaVersion", "2"), ("manifests", "[\(inner)]")], &random)
                )
                try publish(entry.content)
            }
            let annotation = object([(Self.name, "\"\(wanted)\"")], &random)
            let item = descriptor(entry.type, entry.content, more: [("annotations", annotation)], &random)
            try temporary.write(
                "layout/index.json", object([("schemaVersion", "2"), ("manifests", "[\(item)]")], &random))
            try temporary.write("layout/oci-layout", object([("imageLayoutVersion", "\"1.0.0\"")], &random))

            var image: Image?
            let error = try FuzzFailure.explained { image = try store.image(named: wanted) }
            let listed = try FuzzFailure.explained {
                let names = try store.list().map(\.name)
                try FuzzFailure.check(names.count <= 1, "\(names)")
            }
            _ = try FuzzFailure.explained { _ = try store.names(similarTo: ImageName("bx")) }
            try FuzzFailure.check(listed == nil || error != nil, "it cannot be listed, but be run")
            if let image {
                resolved += 1
                for layer in image.layers {
                    _ = try FuzzFailure.explained { _ = try store.open(layer).rawValue }
                }
            }
            let blobs = layout.appending("blobs/sha256")
            for name in try Files.list(blobs) { try Files.remove(blobs.appending(name)) }
        }
        // Otherwise nothing got past the first document.
        #expect(resolved > 0)
    }
}
