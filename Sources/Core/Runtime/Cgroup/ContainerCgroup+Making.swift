internal import Glibc
internal import Host
internal import SystemPackage

extension ContainerCgroup {
    /// Makes the cgroup in one hierarchy with its limits.
    ///
    /// Another container that ends may remove the common parent at any moment, so that is tried again: the parent
    /// is gone (ENOENT), or still there and no longer alive (ENODEV: cgroup_mkdir in kernel/cgroup/cgroup.c).
    ///
    /// - Throws: ``CgroupError``.
    func make(in hierarchy: CgroupHierarchy, _ settings: [CgroupSetting]) throws(CgroupError) {
        let directory = Self.directory(of: id, below: parent, in: hierarchy)
        var attempts = 0
        while true {
            do {
                try makeDirectory(directory, in: hierarchy, Set(settings.map(\.controller)))
                break
            } catch
                where [.noSuchFileOrDirectory, .operationNotSupportedByDevice].contains(error.errno)
                && attempts < 1000
            {
                attempts += 1
                sched_yield()
            } catch {
                throw .failed(
                    operation: "make", path: FilePath(error.subject ?? directory.string), errno: error.errno)
            }
        }
        for setting in settings { try setting.write(to: directory) }
        guard isNested else { return }
        let inner = directory.appending(Self.inner)
        do {
            try Files.makeDirectory(inner)
            if hierarchy.isCPUSet { try Self.inheritCPUSet(inner, from: directory) }
        } catch {
            throw .failed(operation: "make", path: inner, errno: error.errno)
        }
    }

    private func makeDirectory(
        _ directory: FilePath, in hierarchy: CgroupHierarchy, _ controllers: Set<CgroupController>
    ) throws(SystemCallError) {
        // Nearly always the parents are there, and nothing has to be passed on.
        if controllers.isEmpty && !hierarchy.isCPUSet {
            do { return try Files.makeDirectory(directory) } catch {
                if error.errno == .fileExists { return }
                guard error.errno == .noSuchFileOrDirectory else { throw error }
            }
        }
        // With the files of a controller that its parent passes on.
        try enable(controllers, above: directory, in: hierarchy, making: true)
        do { try Files.makeDirectory(directory) } catch  where error.errno == .fileExists {}
        if hierarchy.isCPUSet { try Self.inheritCPUSet(directory, from: directory.parent) }
    }

    /// Has every cgroup above this one pass the controllers on, as version 2 wants it.
    ///
    /// - Parameter making: true to make those that are missing.
    func enable(
        _ controllers: Set<CgroupController>, above directory: FilePath, in hierarchy: CgroupHierarchy,
        making: Bool = false
    ) throws(SystemCallError) {
        var place = hierarchy.mountPoint
        let words = controllers.map { "+\($0.name(isUnified: true))" }.sorted()
        func passOn() throws(SystemCallError) {
            guard hierarchy.isUnified else { return }
            for word in words { try Files.set(place.appending("cgroup.subtree_control"), word) }
        }
        try passOn()
        for component in parent.path.components {
            let above = place
            place.append(component)
            if making {
                do { try Files.makeDirectory(place) } catch  where error.errno == .fileExists {}
                if hierarchy.isCPUSet { try Self.inheritCPUSet(place, from: above) }
            }
            try passOn()
        }
    }

    /// Gives a v1 cpuset the one above's: it starts empty, and then no process can enter it.
    private static func inheritCPUSet(_ lower: FilePath, from upper: FilePath) throws(SystemCallError) {
        for file in ["cpuset.cpus", "cpuset.mems"] where try Files.read(lower.appending(file)) == "\n" {
            try Files.set(lower.appending(file), try Files.read(upper.appending(file)))
        }
    }
}
