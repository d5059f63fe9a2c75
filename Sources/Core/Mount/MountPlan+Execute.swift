internal import Host
package import SystemPackage
internal import Tree

extension MountPlan {
    /// Carries out the plan in this process's mount namespace, step by step.
    ///
    /// Stops at the first step that fails and leaves the earlier ones in place: they are the namespace's, and
    /// go with it.
    ///
    /// - Throws: ``MountError`` or ``SystemCallError``.
    public func execute() throws {
        try execute(protecting: nil)
    }

    /// The same of a plan that finishes a snapshot.
    ///
    /// - Parameter protect: writes a file's digest down, and asks the kernel to hold the file to it; nil where nothing is
    ///   to be protected.
    package func execute(protecting protect: ((FilePath) throws -> Void)?) throws {
        var devices: LoopDevices?
        for step in steps {
            if case .mount(let mount) = step, mount.isImage {
                try ImageMount(mount, &devices).attach(to: mount.target, type: mount.type)
            } else if case .protect(let file) = step, let protect {
                try protect(file)
            } else {
                try execute(step)
            }
        }
    }

    /// Carries out one step of the plan, after those before it.
    ///
    /// An image is opened by whoever calls this (``ImageMount``).
    ///
    /// - Throws: ``MountError`` or ``SystemCallError``.
    package func execute(_ step: MountStep) throws {
        do { try step.execute() } catch {
            guard case .reconfigure(let target, let type, _) = step,
                case MountError.refused(_, _, .noSpace, _) = error, let layers
            else { throw error }
            // Nothing is written when layers are added: it is the places for them that are used up.
            throw MountError.tooManyLayers(type: type, target: target, layers: layers)
        }
    }

    /// How many layers there have to be in the end, if that is known.
    private var layers: Int? {
        for case .verifyLayers(let check) in steps { return check.expected }
        return nil
    }
}

extension MountStep {
    fileprivate func execute() throws {
        switch self {
        case .mount(let mount):
            try mount.perform()
        case .reconfigure(let target, let type, let options):
            try OptionString(options).remount(target, type: type)
        case .bind(let source, let target, let readOnly):
            try Mounting.bind(source, to: target)
            try Mounting.allowPrograms(target)
            if readOnly { try Mounting.restrict(target, readOnly: true) }
        case .detach(let target):
            try Mounting.detach(target)
        case .verifyLayers(let check):
            try check.verify()
        case .clear(let directory):
            try Files.keepingTimes(of: directory) {
                for name in try Files.list(directory, following: false) {
                    try TreeRemoval.remove(directory.appending(FilePath(name).components))
                }
            }
        case .run(let call):
            try call.run()
        case .serve(let call, let target):
            try MountServer.start(call, at: target)
        case .attach(let descriptor, let target):
            try Mounting.attach(Descriptor(owning: descriptor), at: target)
        case .protect:
            throw SystemCallError("execute a step of", "a mount plan", errno: .notSupported)
        }
    }
}

extension LayerCheck {
    /// Compares the layers that are visible with those expected.
    ///
    /// - Throws: ``MountError``.
    public func verify() throws {
        guard let entry = try MountQuery.mount(at: target) ?? MountTable().mount(at: target) else {
            throw MountError.layersUnknown(target: target)
        }
        guard let visible = count(in: entry) else { throw MountError.layersUnknown(target: target) }
        guard visible == expected else {
            throw MountError.layersMissing(target: target, expected: expected, visible: visible)
        }
    }

    /// The number of layers, by the first of the sources that tells it.
    private func count(in entry: MountEntry) -> Int? {
        for source in sources {
            if let count = source.count(in: entry) { return count }
        }
        return nil
    }
}

extension LayerCheck.Source {
    /// The number of layers that this place tells of; nil if the place does not exist.
    func count(in entry: MountEntry) -> Int? {
        switch self {
        case .option(let key, let separator):
            let values = entry.values(of: key)
            guard !values.isEmpty else { return nil }
            guard let separator = separator?.first else { return values.count }
            return values.reduce(0) { count, value in
                count + value.split { $0 == separator }.count
            }
        case .directory(let prefix, let option, let entryPrefix):
            guard let value = entry.values(of: option).first,
                let names = try? Files.list(FilePath(prefix + value))
            else { return nil }
            return names.count { name in
                let number = name.utf8.dropFirst(entryPrefix.utf8.count)
                return name.hasPrefix(entryPrefix) && !number.isEmpty
                    && number.allSatisfy { (0x30...0x39) ~= $0 }
            }
        }
    }
}
