internal import Host
internal import Layers

/// What `run` needs of an image, as bytes.
extension Image {
    private static let version = 2

    /// Everything but what only describes it.
    var wireBytes: [UInt8] {
        var writer = WireWriter()
        let put = { (writer: inout WireWriter, text: String) in writer.put(text) }
        writer.put(Self.version)
        writer.put("\(id)")
        writer.put("\(manifestDigest)")
        writer.put(architecture)
        writer.put(os)
        for list in [config.entrypoint, config.command, config.environment] {
            writer.put(optional: list) { $0.put($1, each: put) }
        }
        for text in [config.workingDirectory, config.user, config.stopSignal] {
            writer.put(optional: text, put)
        }
        writer.put((config.volumes ?? [:]).keys.sorted(), each: put)
        writer.put(layers) { writer, layer in
            writer.put(layer.mediaType)
            writer.put(Int(layer.size))
            for digest in [layer.digest, layer.diffID, layer.chainID] { writer.put("\(digest)") }
        }
        return writer.bytes
    }

    /// The image that ``wireBytes`` says.
    ///
    /// - Throws: ``WireReader/Malformed`` or ``ImageError``.
    init(wireBytes: [UInt8], name: ImageName) throws {
        var reader = WireReader(wireBytes)
        guard try reader.int() == Self.version else { throw WireReader.Malformed() }
        let id = try Digest(reader.string())
        let manifestDigest = try Digest(reader.string())
        let architecture = try reader.string()
        let os = try reader.string()
        func list() throws -> [String]? {
            try reader.optional { reader throws(WireReader.Malformed) in
                try reader.array { reader throws(WireReader.Malformed) in try reader.string() }
            }
        }
        func text() throws -> String? {
            try reader.optional { reader throws(WireReader.Malformed) in try reader.string() }
        }
        let (entrypoint, command, environment) = (try list(), try list(), try list())
        var config = ImageConfig(
            entrypoint: entrypoint, command: command, environment: environment, workingDirectory: try text(),
            user: try text(), stopSignal: try text())
        let volumes = try reader.array { reader throws(WireReader.Malformed) in try reader.string() }
        if !volumes.isEmpty {
            config.volumes = Dictionary(volumes.map { ($0, [:]) }, uniquingKeysWith: { first, _ in first })
        }
        var layers: [Layer] = []
        for _ in 0..<(try reader.int()) {
            let (mediaType, size) = (try reader.string(), try reader.int())
            layers.append(
                Layer(
                    digest: try Digest(reader.string()), mediaType: mediaType, size: Int64(size),
                    diffID: try Digest(reader.string()), chainID: try Digest(reader.string())))
        }
        guard reader.isAtEnd else { throw WireReader.Malformed() }
        self.init(
            name: name, id: id, manifestDigest: manifestDigest, created: nil, author: nil,
            architecture: architecture, os: os, variant: nil, config: config, layers: layers, history: [])
    }
}
