internal import Host
internal import Mount
internal import SystemPackage

extension WireWriter {
    mutating func put(_ mount: ContainerMount) {
        switch mount.source {
        case .host(let path, let inside):
            put(0)
            put(path)
            put(optional: inside) { $0.put($1) }
        case .memory(let options):
            put(1)
            put(options)
        }
        put(mount.target)
        put(mount.readOnly.rawValue)
        put(mount.denied.rawValue)
        put(mount.propagation.rawValue)
        put(mount.propagatesBelow)
        put(mount.isRecursive)
    }
}

extension WireReader {
    mutating func mount() throws(Malformed) -> ContainerMount {
        let source: ContainerMount.Source
        switch try int() {
        case 0:
            source = .host(
                try path(), inside: try optional { reader throws(Malformed) in try reader.path() })
        case 1: source = .memory(options: try string())
        default: throw Malformed()
        }
        var mount = ContainerMount(source, at: try path())
        guard let readOnly = ContainerMount.ReadOnly(rawValue: try int()) else { throw Malformed() }
        mount.readOnly = readOnly
        mount.denied = MountTree.Denial(rawValue: try int())
        guard let propagation = MountTree.Propagation(rawValue: try int()) else { throw Malformed() }
        mount.propagation = propagation
        mount.propagatesBelow = try bool()
        mount.isRecursive = try bool()
        return mount
    }
}

extension ContainerMount: Encodable {
    private enum CodingKeys: CodingKey {
        case source, subpath, tmpfs, target, readOnly, options, propagation, recursive
    }

    /// The mount as `--dry-run` prints it.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        switch source {
        case .host(let path, let inside):
            try values.encode(path.string, forKey: .source)
            try values.encodeIfPresent(inside?.string, forKey: .subpath)
            try values.encode(propagationName, forKey: .propagation)
            try values.encode(isRecursive, forKey: .recursive)
        case .memory(let options): try values.encode(options, forKey: .tmpfs)
        }
        try values.encode(target.string, forKey: .target)
        try values.encode(readOnly != .no, forKey: .readOnly)
        try values.encode(denied.names, forKey: .options)
    }

    /// As users write it: "rslave".
    private var propagationName: String {
        let name =
            switch propagation {
            case .isPrivate: "private"
            case .isSlave: "slave"
            case .isShared: "shared"
            }
        return (propagatesBelow ? "r" : "") + name
    }
}

extension MountTree.Denial {
    /// As mount(8) calls them.
    fileprivate var names: [String] {
        let known: [(MountTree.Denial, String)] = [
            (.privileges, "nosuid"), (.devices, "nodev"), (.programs, "noexec"),
        ]
        return known.filter { contains($0.0) }.map(\.1)
    }
}
