internal import CLinux
internal import Glibc
public import SystemPackage

/// The cgroups of one container, `mydocker/ID` in each hierarchy that it needs: those of the controllers that
/// its limits ask for, and one more, so that its processes can always be found and killed.
public struct ContainerCgroup: Sendable, Equatable {
    /// The cgroup's directories, one in each hierarchy.
    public let directories: [FilePath]
    private let unified: FilePath?
    private let memory: FilePath?

    /// The parent of all containers' cgroups, in every hierarchy.
    private static let parent: FilePath.Component = "mydocker"

    /// Makes the cgroups and applies the limits.
    ///
    /// - Throws: ``CgroupError``; nothing is left behind then.
    public static func create(
        id: String, limits: ResourceLimits, hierarchies: [CgroupHierarchy]
    ) throws(CgroupError) -> ContainerCgroup {
        var settings: [FilePath: [CgroupSetting]] = [:]
        var used: [CgroupHierarchy] = []
        for isUnified in [false, true] {
            for setting in CgroupSetting.all(for: limits, isUnified: isUnified) {
                let owners = hierarchies.filter { $0.controllers.contains(setting.controller) }
                guard let owner = owners.first else {
                    throw .noController(name: setting.controller, option: setting.option)
                }
                guard owner.isUnified == isUnified else { continue }
                settings[owner.mountPoint, default: []].append(setting)
                if !used.contains(owner) { used.append(owner) }
            }
        }
        if let tracking = hierarchies.first(where: \.isUnified) ?? hierarchies.first(where: \.isCheap),
            !used.contains(tracking)
        {
            used.append(tracking)
        }
        let name = FilePath(id).components
        func directory(_ hierarchy: CgroupHierarchy) -> FilePath {
            hierarchy.mountPoint.appending(parent).appending(name)
        }
        let cgroup = ContainerCgroup(
            directories: used.map(directory),
            unified: used.first(where: \.isUnified).map(directory),
            memory: limits.memory == nil
                ? nil : used.first { $0.controllers.contains("memory") }.map(directory))
        do {
            for hierarchy in used {
                try make(directory(hierarchy), in: hierarchy, settings[hierarchy.mountPoint] ?? [])
            }
        } catch {
            try? cgroup.remove()
            throw error
        }
        return cgroup
    }

    /// Finds the cgroups that a dead mydocker left for container `id`.
    public static func find(id: String, hierarchies: [CgroupHierarchy]) -> ContainerCgroup {
        let directories = hierarchies.map {
            $0.mountPoint.appending(parent).appending(FilePath(id).components)
        }
        return ContainerCgroup(directories: directories.filter(Files.exists), unified: nil, memory: nil)
    }

    /// The cgroup v2 directory, for clone3(2)'s CLONE_INTO_CGROUP; nil on a host without v2.
    var unifiedDirectory: FilePath? { unified }

    /// Puts a process into each cgroup, except the one of v2 if `exceptUnified`.
    ///
    /// - Throws: ``CgroupError``.
    func add(_ process: pid_t, exceptUnified: Bool) throws(CgroupError) {
        for directory in directories where !(exceptUnified && directory == unified) {
            do { try Files.set(directory.appending("cgroup.procs"), "\(process)") } catch {
                throw .failed(operation: "enter", path: directory, errno: error.errno)
            }
        }
    }

    /// True if the kernel has killed a process of the container because of its memory limit.
    func hasKilledForMemory() -> Bool {
        guard let memory else { return false }
        // v2: memory.events; v1: memory.oom_control, which counts kills since Linux 4.13.
        let file = memory == unified ? "memory.events" : "memory.oom_control"
        guard let text = try? Files.read(memory.appending(file)) else { return false }
        return text.split(separator: "\n").contains { line in
            let words = line.split(separator: " ")
            return words.count == 2 && words[0] == "oom_kill" && words[1] != "0"
        }
    }

    /// Kills whatever is left in the cgroups and removes them, and their parent if this was the last.
    ///
    /// - Throws: ``CgroupError``.
    public func remove() throws(CgroupError) {
        for directory in directories {
            var attempts = 0
            while true {
                do {
                    try Files.removeDirectory(directory)
                    break
                } catch  where error.errno == .noSuchFileOrDirectory {
                    break
                } catch  where error.errno == .resourceBusy && attempts < 200 {
                    // Members, or killed ones that have not been reaped yet.
                    attempts += 1
                    killMembers(of: directory)
                    usleep(5000)
                } catch {
                    throw .failed(operation: "remove", path: directory, errno: error.errno)
                }
            }
            try? Files.removeDirectory(directory.removingLastComponent())  // Busy as long as others run.
        }
    }

    private func killMembers(of directory: FilePath) {
        // Version 1 does not let a frozen process die.
        try? ContainerFreezer(of: directory)?.thaw()
        guard let members = try? Files.read(directory.appending("cgroup.procs")) else { return }
        for member in members.split(separator: "\n") {
            if let process = pid_t(member), process > 0 { kill(process, SIGKILL) }
        }
    }
}

extension CgroupHierarchy {
    /// True for v1 hierarchies where a cgroup costs next to nothing.
    fileprivate var isCheap: Bool {
        !isUnified && (controllers.contains("pids") || controllers.contains("freezer"))
    }
}

extension ContainerCgroup {
    /// Makes one cgroup with its limits.
    ///
    /// Another container that ends may remove the common parent at any moment, so that is tried again: the parent
    /// is gone (ENOENT), or still there and no longer alive (ENODEV: cgroup_mkdir in kernel/cgroup/cgroup.c).
    private static func make(
        _ directory: FilePath, in hierarchy: CgroupHierarchy, _ settings: [CgroupSetting]
    ) throws(CgroupError) {
        let parent = directory.removingLastComponent()
        var attempts = 0
        while true {
            do {
                try make(directory, below: parent, hierarchy, Set(settings.map(\.controller)))
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
        for setting in settings {
            let file = directory.appending(setting.file)
            do { try Files.set(file, setting.value) } catch {
                guard setting.isRequired else { continue }
                throw .refused(option: setting.option, value: setting.value, path: file, errno: error.errno)
            }
        }
    }

    private static func make(
        _ directory: FilePath, below parent: FilePath, _ hierarchy: CgroupHierarchy,
        _ controllers: Set<String>
    ) throws(SystemCallError) {
        do { try Files.makeDirectory(parent) } catch  where error.errno == .fileExists {}
        if hierarchy.isUnified {
            for controller in controllers.sorted() {
                // "no internal processes": the children's controllers are enabled in each ancestor.
                try Files.set(hierarchy.mountPoint.appending("cgroup.subtree_control"), "+\(controller)")
                try Files.set(parent.appending("cgroup.subtree_control"), "+\(controller)")
            }
        }
        do { try Files.makeDirectory(directory) } catch  where error.errno == .fileExists {}
        if !hierarchy.isUnified && hierarchy.controllers.contains("cpuset") {
            // A v1 cpuset starts empty, and then no process can enter it.
            for (upper, lower) in [(hierarchy.mountPoint, parent), (parent, directory)] {
                for file in ["cpuset.cpus", "cpuset.mems"] where try Files.read(lower.appending(file)) == "\n"
                {
                    try Files.set(lower.appending(file), try Files.read(upper.appending(file)))
                }
            }
        }
    }
}
