internal import CLinux
internal import Glibc
package import Host
package import SystemPackage

/// Whom files belong to through mounts that are made for a user namespace: to whom that says, and on the disk to whom they
/// belonged before (MOUNT_ATTR_IDMAP in mount_setattr(2)).
package struct MountMapping: Sendable {
    /// The user namespace, open.
    private let namespace: Int32
    /// Whom its root is outside.
    private let user: UInt32
    private let group: UInt32
    private let contains: @Sendable (UInt32) -> Bool

    /// - Parameter contains: whether a user outside is one of the namespace's.
    package init(
        _ namespace: borrowing Descriptor, root user: UInt32, _ group: UInt32,
        contains: @escaping @Sendable (UInt32) -> Bool
    ) {
        self.namespace = namespace.rawValue
        (self.user, self.group) = (user, group)
        self.contains = contains
    }

    /// From now on this thread makes files, and mounts, as the namespace's root: through a mapped mount nobody else can.
    func act() throws(SystemCallError) {
        try systemCall("setfsuid", "\(user)") { clx_act_as(user, group) }
    }

    /// Maps a mount that is nowhere yet; `subject` is what it shows.
    func apply(to mount: Int32, of subject: FilePath) throws(MountError) {
        guard clx_map_mount_ids(mount, namespace) != 0 else { return }
        let reason = Errno.current
        throw .refused(
            step: "map user IDs", target: subject, errno: reason,
            detail: reason == .invalidArgument || reason == .noFunction
                ? "its file system or this kernel cannot" : nil)
    }

    /// Puts a mapped mount of a directory over the directory itself.
    func cover(_ directory: FilePath) throws(MountError) {
        let flags = UInt32(OPEN_TREE_CLONE) | UInt32(O_CLOEXEC)
        let number = directory.withPlatformString { open_tree(AT_FDCWD, $0, flags) }
        guard number >= 0 else {
            throw .refused(step: "take the mount", target: directory, errno: .current, detail: nil)
        }
        let tree = Descriptor(owning: number)
        try apply(to: tree.rawValue, of: directory)
        try Mounting.attach(tree, at: directory)
    }

    /// Checks what nothing else tells: that the union at `target` has looked at its layers as they are mapped.
    func verify(_ target: FilePath) throws(MountError) {
        guard let status = Files.status(target), contains(status.st_uid) else {
            throw .refused(
                step: "map user IDs", target: target, errno: .notSupported,
                detail: "its file system does not look at how its layers are mounted")
        }
    }
}

extension MountPlan {
    /// Carries out the plan with every file belonging to whom `mapping` says.
    ///
    /// What it mounts is not mapped itself, as no union can be: the directories that it names are, each covered by a mapped
    /// mount of itself. So this belongs into a mount namespace that ends soon, on a thread of its own.
    ///
    /// - Parameter others: directories that are mapped besides.
    /// - Throws: ``MountError`` or ``SystemCallError``.
    package func execute(at target: FilePath, mapping: MountMapping, besides others: [FilePath]) throws {
        var covered: [FilePath] = []
        for directory in (directories + others).sorted(by: { $0.components.count < $1.components.count })
        where !covered.contains(where: { directory.starts(with: $0) }) {
            try mapping.cover(directory)
            covered.append(directory)
        }
        try mapping.act()
        var devices: LoopDevices?
        for step in steps {
            if case .mount(let mount) = step, mount.isImage {
                let image = try ImageMount(mount, &devices)
                try mapping.apply(to: image.descriptor, of: mount.target)
                try image.attach(to: mount.target, type: mount.type)
            } else {
                try execute(step)
            }
        }
        try mapping.verify(target)
    }

    /// The directories that the plan makes mounts of, and does not mount itself before.
    private var directories: [FilePath] {
        var mounted: Set<FilePath> = []
        var found: [FilePath] = []
        func add(_ directories: [FilePath]) { found += directories.filter { !mounted.contains($0) } }
        func add(_ options: [MountOption]) {
            for case .layers(let list) in options { add(list.layers.map(\.directory)) }
            let single = options.compactMap { if case .directory(_, let path) = $0 { path } else { nil } }
            // What a union writes to has to be on one mount.
            let parents = Set(single.map { $0.removingLastComponent() })
            add(single.count > 1 && parents.count == 1 ? Array(parents) : single)
        }
        for step in steps {
            switch step {
            case .mount(let mount):
                add(mount.options)
                mounted.insert(mount.target)
            case .reconfigure(_, _, let options): add(options)
            case .bind(let source, let target, _):
                add([source])
                mounted.insert(target)
            case .serve(_, let target): mounted.insert(target)
            default: break
            }
        }
        return found
    }
}
