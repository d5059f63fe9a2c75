internal import CLinux
internal import Glibc
internal import Host
package import Logging
package import Mount
package import SystemPackage

/// The sources of a container's mounts, taken hold of while the host's paths can be reached, and mounted when the container's
/// root has been entered.
package struct TakenMounts: ~Copyable {
    private let sources: [Source]
    /// False where the kernel cannot copy a mount that is nowhere (before Linux 5.2): the sources have to be reachable
    /// in the mount namespace until they are mounted.
    package let areCopies: Bool

    private struct Source {
        let mount: ContainerMount
        /// Nil for what has no source.
        let descriptor: Int32?
        let isDirectory: Bool
    }

    /// Opens the sources; nothing is changed.
    ///
    /// - Parameter canCopy: false to do as if the kernel could not.
    /// - Throws: ``InitFailure``.
    package init(_ mounts: [ContainerMount], copying canCopy: Bool = true) throws {
        var taken: [Source] = []
        var areCopies = canCopy
        do {
            for mount in mounts {
                guard case .host(let path, let inside) = mount.source else {
                    taken.append(Source(mount: mount, descriptor: nil, isDirectory: true))
                    continue
                }
                let place = try Self.open(path, inside: inside, for: mount)
                let isDirectory = try Self.isDirectory(place)
                if areCopies {
                    do throws(SystemCallError) {
                        let tree = try MountTree(of: place, recursive: mount.isRecursive)
                        taken.append(
                            Source(mount: mount, descriptor: tree.take(), isDirectory: isDirectory))
                        continue
                    } catch {
                        guard error.errno == .noFunction, taken.allSatisfy({ $0.descriptor == nil }) else {
                            throw InitFailure("take", mount.name, errno: error.errno)
                        }
                        areCopies = false
                    }
                }
                taken.append(Source(mount: mount, descriptor: place.take(), isDirectory: isDirectory))
            }
        } catch {
            for case let number? in taken.map(\.descriptor) { close(number) }
            throw error
        }
        sources = taken
        self.areCopies = areCopies
    }

    deinit {
        for case let number? in sources.map(\.descriptor) { close(number) }
    }

    private static func open(
        _ path: FilePath, inside: FilePath?, for mount: ContainerMount
    ) throws -> Descriptor {
        do {
            let place = try Descriptor(path, clx_O_PATH)
            guard let inside else { return place }
            let number = place.rawValue
            return Descriptor(
                owning: try systemCall("openat2", inside) {
                    clx_openat_beneath(number, $0, clx_O_PATH | O_CLOEXEC)
                })
        } catch { throw InitFailure("mount", mount.name, errno: error.errno) }
    }

    private static func isDirectory(_ place: borrowing Descriptor) throws -> Bool {
        var status = stat()
        let number = place.rawValue
        try systemCall("stat") { fstat(number, &status) }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    /// Mounts them, in their order, in the root that this process has.
    ///
    /// - Parameters:
    ///   - denied: what is denied to all of them.
    ///   - masked: the paths of /proc and /sys that stay hidden or closed.
    /// - Throws: ``InitFailure``.
    package borrowing func attach(
        denying denied: MountTree.Denial, masked: [FilePath], logger: Logger
    ) throws {
        try attach(
            denying: denied, masked: masked, Descriptor("/proc", clx_O_PATH | O_DIRECTORY), logger: logger)
    }

    /// Mounts them in the tree whose root is the open directory `root`, in this thread's mount namespace, as far as that can be
    /// done from outside.
    package static func attach(_ mounts: [ContainerMount], below root: Int32, logger: Logger) throws {
        try WorkerThread {
            let taken = try TakenMounts(mounts)
            // Such a kernel would need /proc.
            guard taken.areCopies else { return }
            let processes = try Descriptor("/proc", clx_O_PATH | O_DIRECTORY)
            try systemCall("unshare") { clx_unshare(CLONE_FS) }
            try systemCall("fchdir") { fchdir(root) }
            try systemCall("chroot") { chroot(".") }
            try taken.attach(denying: [], masked: [], processes, logger: logger)
        }.join()
    }

    private borrowing func attach(
        denying denied: MountTree.Denial, masked: [FilePath], _ processes: borrowing Descriptor,
        logger: Logger
    ) throws {
        for source in sources {
            let target = try MountTarget(
                source.mount.target, isDirectory: source.isDirectory, masked: masked, processes)
            guard source.isDirectory == target.isDirectory else {
                throw InitFailure(
                    "mount", source.mount.name, errno: .notDirectory,
                    detail: source.isDirectory
                        ? "a directory cannot be mounted on a file"
                        : "a file cannot be mounted on a directory")
            }
            do { try attach(source, to: target, denied) } catch {
                switch error {
                case let error as InitFailure: throw error
                case MountError.refused(_, _, let errno, let detail):
                    throw InitFailure("mount", source.mount.name, errno: errno, detail: detail)
                case let error as SystemCallError:
                    throw InitFailure("mount", source.mount.name, errno: error.errno, detail: error.call)
                default: throw error
                }
            }
            logger.info("mounted", metadata: ["what": "\(source.mount.name)"])
        }
    }

    private borrowing func attach(
        _ source: Source, to target: borrowing MountTarget, _ denied: MountTree.Denial
    ) throws {
        let mount = source.mount
        let denied = denied.union(mount.denied).union(mount.readOnly == .no ? [] : .writing)
        switch mount.source {
        case .memory(let options):
            var options = options
            if let status = target.status,
                !options.split(separator: ",").contains(where: { $0.hasPrefix("mode=") })
            {
                // As runc: the directory's own mode.
                let mode = String(status.st_mode & 0o7777, radix: 8)
                options += (options.isEmpty ? "" : ",") + "mode=\(mode)"
            }
            try Mounting.mountNew("tmpfs", at: target.path, denied.flags, options: options)
        case .host:
            guard let number = source.descriptor else { return }
            if areCopies {
                let tree = MountTree(owning: try systemCall("dup") { clx_duplicate(number) })
                let isDone = try prepare(tree, mount, denied)
                try tree.attach(to: target.place)
                if !isDone { try finish(FilePath("/proc/self/fd/\(tree.rawValue)"), mount, denied) }
            } else {
                try bind(number, to: target, mount)
                // The descriptor of what is beneath does not lead to it.
                let place = try ContainerPath.open(mount.target, clx_O_PATH)
                guard try isSame(place.rawValue, number) else {
                    throw SystemCallError("verify", errno: .resourceBusy)
                }
                try finish(FilePath("/proc/self/fd/\(place.rawValue)"), mount, denied)
            }
        }
    }

    /// Has everything as it should be before anybody sees it.
    ///
    /// - Returns: false if the kernel cannot (before Linux 5.12).
    private borrowing func prepare(
        _ tree: borrowing MountTree, _ mount: ContainerMount, _ denied: MountTree.Denial
    ) throws -> Bool {
        do {
            try tree.propagate(mount.propagation, recursive: mount.propagatesBelow)
            try tree.deny(denied, recursive: mount.readOnly != .alone)
            return true
        } catch {
            guard error.errno == .noFunction else { throw error }
            return false
        }
    }

    /// The same with mount(2), for a mount alone.
    private borrowing func finish(
        _ path: FilePath, _ mount: ContainerMount, _ denied: MountTree.Denial
    ) throws {
        if mount.readOnly == .throughout {
            throw InitFailure(
                "mount", mount.name, errno: .noFunction,
                detail: "that all below it is read-only takes Linux 5.12")
        }
        guard areCopies || mount.propagation == .isPrivate else {
            throw InitFailure(
                "mount", mount.name, errno: .noFunction, detail: "its propagation takes Linux 5.2")
        }
        try Mounting.propagate(mount.propagation, at: path, recursive: mount.propagatesBelow)
        if !denied.isEmpty { try Mounting.restrict(path, denied) }
    }

    private borrowing func bind(
        _ source: Int32, to target: borrowing MountTarget, _ mount: ContainerMount
    ) throws {
        try Mounting.bind(FilePath("/proc/self/fd/\(source)"), to: target.path, recursive: mount.isRecursive)
    }

    private func isSame(_ one: Int32, _ other: Int32) throws -> Bool {
        var (first, second) = (stat(), stat())
        try systemCall("stat") { fstat(one, &first) }
        try systemCall("stat") { fstat(other, &second) }
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }
}
