import SystemPackage

@testable import Host
@testable import Runtime

/// Directories that look like mounted cgroups, with the files that a kernel would make there.
struct FakeCgroups {
    let temporary: TemporaryDirectory
    let id = "0123456789ab"

    init() throws { temporary = try TemporaryDirectory() }

    func hierarchy(_ name: String, unified: Bool, _ controllers: Set<String>) throws -> CgroupHierarchy {
        let point = temporary.path.appending(name)
        if !Files.exists(point) { try Files.makeDirectory(point) }
        return CgroupHierarchy(mountPoint: point, isUnified: unified, controllers: controllers)
    }

    /// Makes the container's cgroup with these files; a parent has `cgroup.subtree_control` then too.
    func make(
        in hierarchy: CgroupHierarchy, below parent: String = "mydocker", _ files: [String: String]
    ) throws {
        let directory = hierarchy.mountPoint.appending("\(parent)/\(id)")
        try Files.makeDirectories(directory)
        if hierarchy.isUnified {
            for place in [hierarchy.mountPoint, directory.parent] {
                let control = place.appending("cgroup.subtree_control")
                if !Files.exists(control) { try Files.create(control) }
            }
        }
        for (name, text) in files { try Files.create(directory.appending(name), text) }
    }

    func text(_ name: String, in hierarchy: CgroupHierarchy, below parent: String = "mydocker") throws
        -> String
    {
        try Files.read(hierarchy.mountPoint.appending("\(parent)/\(id)/\(name)"))
    }
}
