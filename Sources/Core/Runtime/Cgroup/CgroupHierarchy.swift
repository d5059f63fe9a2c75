internal import Glibc
internal import Host
internal import Mount
public import SystemPackage

/// One mounted cgroup hierarchy of the host.
public struct CgroupHierarchy: Sendable, Equatable {
    /// Where its root is mounted.
    public let mountPoint: FilePath
    /// True for cgroup v2 (cgroups(7)).
    public let isUnified: Bool
    /// Its controllers: "memory", "cpu"…; of a v1 hierarchy without any, none.
    public let controllers: Set<String>

    /// The hierarchies that are mounted; one host may have both versions ("hybrid").
    ///
    /// - Throws: ``SystemCallError`` if a v2 hierarchy's controllers cannot be read, or ``MountError``.
    public static func all() throws -> [CgroupHierarchy] { try survey().hierarchies }

    /// The hierarchies that are mounted, and what was seen on the way.
    ///
    /// - Returns: as ``all()``; and true if this process's root is the mount namespace's, false if that is not known.
    /// - Throws: as ``all()``.
    package static func survey() throws -> (hierarchies: [CgroupHierarchy], hasWholeRoot: Bool) {
        let (mounted, hasWholeRoot) = try allMounted()
        return (
            ProcessRights.areLimited ? mounted.compactMap { $0.delegated() } : mounted, hasWholeRoot
        )
    }

    /// What an ordinary user may do with it: the part of it that is the user's own (cgroups(7), "Cgroups delegation"); nil
    /// if there is none.
    private func delegated() -> CgroupHierarchy? {
        guard isUnified, let text = try? Files.read("/proc/self/cgroup"),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("0::/") })
        else { return nil }
        var path = mountPoint.appending(FilePath(String(line.dropFirst(3))).components)
        var own: FilePath?
        // As far up as it goes: processes can be moved in what is below.
        while path != mountPoint,
            ["cgroup.procs", "cgroup.subtree_control"].allSatisfy({ name in
                path.appending(name).withPlatformString { access($0, W_OK) } == 0
            })
        {
            own = path
            path.removeLastComponent()
        }
        guard let own, let controllers = try? Files.read(own.appending("cgroup.controllers")) else {
            return nil
        }
        return CgroupHierarchy(
            mountPoint: own, isUnified: true,
            controllers: Self.names(in: controllers))
    }

    /// The words of a list of controllers: "cpu,cpuacct" in a mount's options, "cpu io" in a file.
    private static func names(in text: String) -> Set<String> {
        let separators = [UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: ",")]
        return Set(text.utf8.split(whereSeparator: separators.contains).compactMap(String.init))
    }

    private static func allMounted() throws -> ([CgroupHierarchy], hasWholeRoot: Bool) {
        let types: Set = ["cgroup", "cgroup2"]
        // An older kernel has the call and does not tell the options, which are the controllers of the first version.
        if let (mounts, hasWholeRoot) = MountQuery.visibleMounts(of: types),
            mounts.allSatisfy({ $0.type == "cgroup2" || !$0.fileSystemOptions.isEmpty })
        {
            return (try distinct(mounts).map(Self.init), hasWholeRoot)
        }
        let table = try MountTable()
        // Over some of them something else may be mounted.
        let visible = table.entries.filter { types.contains($0.type) && table.mount(at: $0.target) == $0 }
        return (try distinct(visible).map(Self.init), false)
    }

    /// Each hierarchy once: what was mounted later is for somebody else, such as a chroot(2) of a whole system.
    private static func distinct(_ mounts: [MountEntry]) -> [MountEntry] {
        mounts.enumerated().filter { index, mount in
            !mounts[..<index].contains {
                $0.type == mount.type
                    && (mount.type == "cgroup2" || $0.fileSystemOptions == mount.fileSystemOptions)
            }
        }.map(\.element)
    }

    init(mountPoint: FilePath, isUnified: Bool, controllers: Set<String>) {
        self.mountPoint = mountPoint
        self.isUnified = isUnified
        self.controllers = controllers
    }

    private init(_ mount: MountEntry) throws(SystemCallError) {
        mountPoint = mount.target
        isUnified = mount.type == "cgroup2"
        let text =
            isUnified
            ? try Files.read(mount.target.appending("cgroup.controllers")) : mount.fileSystemOptions
        controllers = Self.names(in: text)
    }
}
