internal import SystemPackage

extension MountPlan: Encodable {
    /// The plan as a list of its steps.
    public func encode(to encoder: any Encoder) throws {
        var list = encoder.singleValueContainer()
        try list.encode(steps)
    }
}

extension MountStep: Encodable {
    private enum CodingKeys: CodingKey {
        case step, type, source, target, readOnly, options, layers, sources, image, program, arguments
        case scratchFlag, descriptor
    }

    /// The step as an object whose `step` says which one it is.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .mount(let mount):
            try values.encode("mount", forKey: .step)
            try values.encode(mount.type, forKey: .type)
            try values.encode(mount.source, forKey: .source)
            if mount.isImage { try values.encode(true, forKey: .image) }
            try values.encode(mount.target.string, forKey: .target)
            try values.encode(mount.readOnly, forKey: .readOnly)
            try values.encode(mount.options, forKey: .options)
            try values.encodeIfPresent(mount.scratchFlag, forKey: .scratchFlag)
        case .reconfigure(let target, let type, let options):
            try values.encode("reconfigure", forKey: .step)
            try values.encode(type, forKey: .type)
            try values.encode(target.string, forKey: .target)
            try values.encode(options, forKey: .options)
        case .bind(let source, let target, let readOnly):
            try values.encode("bind", forKey: .step)
            try values.encode(source.string, forKey: .source)
            try values.encode(target.string, forKey: .target)
            try values.encode(readOnly, forKey: .readOnly)
        case .detach(let target):
            try values.encode("detach", forKey: .step)
            try values.encode(target.string, forKey: .target)
        case .verifyLayers(let check):
            try values.encode("verify-layers", forKey: .step)
            try values.encode(check.target.string, forKey: .target)
            try values.encode(check.expected, forKey: .layers)
            try values.encode(check.sources, forKey: .sources)
        case .run(let call):
            try values.encode("run", forKey: .step)
            try values.encode(call.program, forKey: .program)
            try values.encode(call.arguments, forKey: .arguments)
        case .serve(let call, let target):
            try values.encode("serve", forKey: .step)
            try values.encode(call.program, forKey: .program)
            try values.encode(call.arguments, forKey: .arguments)
            try values.encode(target.string, forKey: .target)
        case .protect(let file):
            try values.encode("protect", forKey: .step)
            try values.encode(file.string, forKey: .target)
        case .clear(let directory):
            try values.encode("clear", forKey: .step)
            try values.encode(directory.string, forKey: .target)
        case .attach(let descriptor, let target):
            try values.encode("attach", forKey: .step)
            try values.encode(descriptor, forKey: .descriptor)
            try values.encode(target.string, forKey: .target)
        }
    }
}

extension MountOption: Encodable {
    private enum CodingKeys: CodingKey {
        case name, optional, directory, file, layers, perLayer, prefix, separator
    }

    /// "name" or "name=value" where that says it all, else an object: with directories in it, or an option that may be
    /// left out.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .flag, .string:
            var text = encoder.singleValueContainer()
            try text.encode(description)
        case .optional(let name):
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(name, forKey: .name)
            try values.encode(true, forKey: .optional)
        case .directory(let name, let path):
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(name, forKey: .name)
            try values.encode(path.string, forKey: .directory)
        case .file(let name, let path, let file):
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(name, forKey: .name)
            try values.encode(path.string, forKey: .directory)
            try values.encode(file, forKey: .file)
        case .layers(let list):
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(list.layers, forKey: .layers)
            try values.encodeIfPresent(list.perLayerKey, forKey: .perLayer)
            try values.encode(list.prefix, forKey: .prefix)
            try values.encode(list.separator, forKey: .separator)
        }
    }
}

extension LayerList.Layer: Encodable {
    private enum CodingKeys: CodingKey {
        case directory, suffix
    }

    /// The directory alone where nothing is said of it.
    public func encode(to encoder: any Encoder) throws {
        if suffix.isEmpty {
            var text = encoder.singleValueContainer()
            return try text.encode(directory.string)
        }
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(directory.string, forKey: .directory)
        try values.encode(suffix, forKey: .suffix)
    }
}

extension LayerCheck.Source: Encodable {
    private enum CodingKeys: CodingKey {
        case option, separator, directory, entries
    }

    /// As an object; `directory` only where the kernel tells by one.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .option(let key, let separator):
            try values.encode(key, forKey: .option)
            try values.encodeIfPresent(separator, forKey: .separator)
        case .directory(let prefix, let option, let entryPrefix):
            try values.encode(prefix, forKey: .directory)
            try values.encode(option, forKey: .option)
            try values.encode(entryPrefix, forKey: .entries)
        }
    }
}

extension MountStep: CustomStringConvertible {
    /// One line for a log: what, and where.
    public var description: String {
        switch self {
        case .mount(let mount): "mount \(mount.type) at \(mount.target)"
        case .reconfigure(let target, let type, _): "reconfigure \(type) at \(target)"
        case .bind(let source, let target, let readOnly):
            "bind \(source) at \(target)\(readOnly ? " read-only" : "")"
        case .detach(let target): "detach \(target)"
        case .verifyLayers(let check): "verify \(check.expected) layers at \(check.target)"
        case .run(let call): "run \(call.program)"
        case .serve(let call, let target): "serve \(target) by \(call.program)"
        case .protect(let file): "protect \(file)"
        case .clear(let directory): "clear \(directory)"
        case .attach(_, let target): "attach \(target)"
        }
    }
}

extension MountOption: CustomStringConvertible {
    /// The option as mount(8) would take it, with full paths.
    public var description: String {
        switch self {
        case .flag(let key), .optional(let key): key
        case .string(let key, let value): "\(key)=\(value)"
        case .directory(let key, let path): "\(key)=\(path)"
        case .file(let key, let path, let name): "\(key)=\(path)/\(name)"
        case .layers(let list):
            list.prefix + list.layers.map { "\($0.directory)\($0.suffix)" }.joined(separator: list.separator)
        }
    }
}
