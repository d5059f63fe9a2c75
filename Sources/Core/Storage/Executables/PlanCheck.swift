internal import CLinux
internal import DriverKit
internal import Glibc
internal import Host
internal import Mount
internal import SystemPackage

/// Holds a plan that somebody else has made to the places that are its business: the snapshot, those below it, and the
/// target.
struct PlanCheck {
    let snapshot: SnapshotDirectory
    let parents: [SnapshotDirectory]
    /// Where the tree has to be mounted; nil if nothing has to be outside of the snapshot.
    let target: FilePath?

    /// Checks every step.
    ///
    /// - Throws: what is wrong with the first one that is not as it should be.
    func check(_ plan: MountPlan) throws(DriverField.Wrong) {
        var mounted: Set<FilePath> = []
        for (index, step) in plan.steps.enumerated() {
            let field = "plan[\(index)]"
            switch step {
            case .mount(let mount):
                try check(mountPoint: mount.target, field)
                try check(mount, field)
                mounted.insert(mount.target)
            case .reconfigure(let target, let type, let options):
                guard mounted.contains(target) else {
                    throw Self.wrong(field, "target", "is not mounted by this plan")
                }
                try check(name: type, "\(field).type")
                try check(options, field)
            case .bind(let source, let target, _):
                try check(mountPoint: target, field)
                try check(place: source, "\(field).source")
                mounted.insert(target)
            case .detach(let target):
                guard mounted.contains(target) else {
                    throw Self.wrong(field, "target", "is not mounted by this plan")
                }
            case .verifyLayers(let check): try self.check(check, field)
            case .run(let call): try check(call, field)
            case .serve(let call, let target):
                try check(mountPoint: target, field)
                try check(call, field)
                mounted.insert(target)
            case .protect(let path), .clear(let path):
                try check(path, in: [snapshot.path], "\(field).target")
            case .attach: throw Self.wrong(field, "step", "is none of the steps of a plan")
            }
        }
        if let target, !mounted.contains(target) {
            throw .init(field: "plan", reason: "mounts nothing at \(target)")
        }
    }

    private static func wrong(_ field: String, _ member: String, _ reason: String) -> DriverField.Wrong {
        .init(field: "\(field).\(member)", reason: reason)
    }

    /// The target, or something of the snapshot's; of a parent only its content's place, which nobody sees else.
    private func check(mountPoint path: FilePath, _ field: String) throws(DriverField.Wrong) {
        if path == target || parents.contains(where: { !$0.isPlain && $0.layer == path }) { return }
        guard path != snapshot.path else { throw Self.wrong(field, "target", "is the snapshot itself") }
        try check(path, in: [snapshot.path], "\(field).target")
    }

    /// Anything of the snapshot's and of those below it.
    private func check(place path: FilePath, _ field: String) throws(DriverField.Wrong) {
        try check(path, in: [snapshot.path] + parents.map(\.path), field)
    }

    private func check(
        _ path: FilePath, in places: [FilePath], _ field: String
    ) throws(DriverField.Wrong) {
        guard let place = places.first(where: { path.starts(with: $0) }) else {
            throw .init(field: field, reason: "is outside of the snapshot: \(path.string.printable)")
        }
        var part = place
        for component in path.components.dropFirst(place.components.count) {
            part.append(component)
            if let status = Files.status(part), status.st_mode & S_IFMT == S_IFLNK {
                throw .init(field: field, reason: "leads over a link: \(part.string.printable)")
            }
        }
    }

    private func check(_ mount: FileSystemMount, _ field: String) throws(DriverField.Wrong) {
        try check(name: mount.type, "\(field).type")
        if mount.isImage || mount.source.utf8.contains(UInt8(ascii: "/")) {
            guard mount.source.hasPrefix("/"),
                FilePath(mount.source).lexicallyNormalized().string == mount.source
            else { throw Self.wrong(field, "source", "is no plain absolute path") }
            try check(place: FilePath(mount.source), "\(field).source")
        }
        try check(mount.options, field)
        if let flag = mount.scratchFlag { try check(word: flag, "\(field).scratchFlag") }
    }

    private func check(_ options: [MountOption], _ field: String) throws(DriverField.Wrong) {
        for (index, option) in options.enumerated() {
            let field = "\(field).options[\(index)]"
            switch option {
            case .flag(let word), .optional(let word): try check(word: word, field)
            case .string(let key, let value):
                try check(word: key, field)
                try check(word: value, field, mayBeEmpty: true)
            case .directory(let key, let path):
                try check(word: key, field)
                try check(place: path, "\(field).directory")
            case .file(let key, let path, let name):
                try check(word: key, field)
                try check(place: path, "\(field).directory")
                guard FilePath.Component(name).map({ $0.kind == .regular && $0.string == name }) == true
                else {
                    throw .init(field: "\(field).file", reason: "is no file's name")
                }
                try check(place: path.appending(name), "\(field).file")
            case .layers(let list):
                if let key = list.perLayerKey { try check(word: key, "\(field).perLayer") }
                try check(word: list.prefix, "\(field).prefix")
                try check(word: list.separator, "\(field).separator", commas: true)
                for (index, layer) in list.layers.enumerated() {
                    try check(place: layer.directory, "\(field).layers[\(index)]")
                    try check(word: layer.suffix, "\(field).layers[\(index)].suffix", mayBeEmpty: true)
                }
            }
        }
    }

    /// What is said to the kernel and is no path: a path has to be said as one.
    private func check(
        word: String, _ field: String, mayBeEmpty: Bool = false, commas: Bool = false
    ) throws(DriverField.Wrong) {
        guard mayBeEmpty || !word.isEmpty, word.utf8.count <= 255 else {
            throw .init(field: field, reason: "is not 1 to 255 bytes long")
        }
        let isPlain = word.utf8.allSatisfy {
            (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "/") && (commas || $0 != UInt8(ascii: ","))
        }
        guard isPlain else {
            throw .init(field: field, reason: "is not one plain word; directories are said as \"directory\"")
        }
    }

    private func check(name: String, _ field: String) throws(DriverField.Wrong) {
        let isName = name.utf8.allSatisfy {
            (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || "._-".utf8.contains($0)
        }
        guard isName, !name.isEmpty, name.utf8.count <= 64 else {
            throw .init(field: field, reason: "is no file system's name")
        }
    }

    private func check(_ check: LayerCheck, _ field: String) throws(DriverField.Wrong) {
        guard check.target == target || check.target.starts(with: snapshot.path) else {
            throw Self.wrong(field, "target", "is outside of the snapshot: \(check.target.string.printable)")
        }
        for (index, source) in check.sources.enumerated() {
            guard case .directory(let prefix, _, let entries) = source else { continue }
            guard prefix.hasPrefix("/sys/fs/"), !prefix.contains(".."), !entries.contains("/") else {
                throw Self.wrong(field, "sources[\(index)].directory", "is not in /sys/fs")
            }
        }
    }

    /// A program that is root's own, said by its whole path.
    private func check(_ call: ProgramCall, _ field: String) throws(DriverField.Wrong) {
        guard call.program.hasPrefix("/") else {
            throw Self.wrong(field, "program", "is not an absolute path")
        }
        do throws(ProgramError) { _ = try call.open() } catch {
            throw Self.wrong(field, "program", error.explanation.problem)
        }
    }
}
