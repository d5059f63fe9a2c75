internal import CLinux
internal import Glibc
internal import Host
public import SystemPackage

/// The cgroups of one container, `mydocker/ID`, or its ID below another ``CgroupParent``, in each hierarchy that it
/// needs: those of the controllers that its limits ask for, and one more, so that its processes can always be found
/// and killed.
public struct ContainerCgroup: Sendable, Equatable {
    /// The container's ID.
    let id: String
    /// The cgroup that it is made in.
    let parent: CgroupParent
    /// The cgroup's directories, one in each hierarchy.
    public let directories: [FilePath]
    let unified: FilePath?
    private let memory: FilePath?
    /// True if the kernel asks which devices may be used.
    package private(set) var controlsDevices = false
    /// True if the processes are in a cgroup below, so that they cannot get at the limits.
    let isNested: Bool

    /// The cgroup below, in which the processes are then.
    static let inner: FilePath.Component = "inner"

    /// Makes the cgroups and applies the limits.
    ///
    /// - Parameters:
    ///   - parent: the cgroup that they are made in.
    ///   - devices: which devices may be used; nil for all. Where the kernel has nothing that could forbid others,
    ///     ``controlsDevices`` is false afterwards.
    ///   - isNested: true for processes that may mount cgroups (a user namespace is enough): they are put into a cgroup
    ///     below the one with the limits, in every hierarchy, so that they see neither it nor those of others.
    /// - Throws: ``CgroupError``; nothing is left behind then.
    public static func create(
        id: String, limits: ResourceLimits, hierarchies: [CgroupHierarchy]
    ) throws(CgroupError) -> ContainerCgroup {
        try create(id: id, limits: limits, devices: nil, isNested: false, hierarchies: hierarchies)
    }

    /// As above.
    package static func create(
        id: String, below parent: CgroupParent = .usual, limits: ResourceLimits, devices: [DeviceRule]?,
        isNested: Bool, hierarchies: [CgroupHierarchy]
    ) throws(CgroupError) -> ContainerCgroup {
        let plan = try CgroupPlan(for: limits, in: hierarchies)
        var used = isNested ? hierarchies : plan.hierarchies
        let deviceHierarchy = devices == nil ? nil : hierarchies.first { $0.controllers.contains("devices") }
        for hierarchy in [
            deviceHierarchy, hierarchies.first(where: \.isUnified) ?? hierarchies.first(where: \.isCheap),
        ] {
            if let hierarchy, !used.contains(hierarchy) { used.append(hierarchy) }
        }
        func directory(_ hierarchy: CgroupHierarchy) -> FilePath {
            Self.directory(of: id, below: parent, in: hierarchy)
        }
        var cgroup = ContainerCgroup(
            id: id, parent: parent, directories: used.map(directory),
            unified: used.first(where: \.isUnified).map(directory),
            memory: limits.memory == nil ? nil : used.first { $0.has(.memory) }.map(directory),
            isNested: isNested)
        do {
            for hierarchy in used {
                try cgroup.make(in: hierarchy, plan.settings[hierarchy.mountPoint] ?? [])
            }
            if let devices {
                cgroup.controlsDevices = try restrict(
                    to: devices, deviceHierarchy.map(directory), unified: cgroup.unified)
            }
        } catch {
            try? cgroup.remove()
            throw error
        }
        return cgroup
    }

    /// Where the cgroup of container `id` is in a hierarchy.
    static func directory(
        of id: String, below parent: CgroupParent, in hierarchy: CgroupHierarchy
    ) -> FilePath {
        hierarchy.mountPoint.appending(parent.path.components).appending(FilePath(id).components)
    }

    private init(
        id: String, parent: CgroupParent, directories: [FilePath], unified: FilePath?, memory: FilePath?,
        isNested: Bool = false
    ) {
        self.id = id
        self.parent = parent
        self.directories = directories
        self.unified = unified
        self.memory = memory
        self.isNested = isNested
    }

    /// Forbids all devices but these.
    ///
    /// - Returns: false if nothing here can.
    private static func restrict(
        to rules: [DeviceRule], _ directory: FilePath?, unified: FilePath?
    ) throws(CgroupError) -> Bool {
        guard let directory else {
            guard let unified else { return false }
            do { try DeviceProgram(rules).attach(to: unified) } catch { return false }
            return true
        }
        // Not allowed inside another container.
        do { try Files.set(directory.appending("devices.deny"), "a") } catch { return false }
        let file = directory.appending("devices.allow")
        do { try Files.set(file, each: rules.map(\.text)) } catch {
            throw .failed(operation: "allow devices by", path: file, errno: error.errno)
        }
        return true
    }

    /// Finds the cgroups of container `id`, which another process has made.
    ///
    /// - Parameter parent: the cgroup that they were made in.
    public static func find(
        id: String, below parent: CgroupParent = .usual, hierarchies: [CgroupHierarchy]
    ) -> ContainerCgroup {
        let found = hierarchies.map { (hierarchy: $0, path: directory(of: id, below: parent, in: $0)) }
            .filter { Files.isDirectory($0.path) }
        return ContainerCgroup(
            id: id, parent: parent, directories: found.map(\.path),
            unified: found.first(where: \.hierarchy.isUnified)?.path,
            memory: found.first { $0.hierarchy.has(.memory) }?.path,
            isNested: found.contains { Files.isDirectory($0.path.appending(inner)) })
    }

    /// The cgroup v2 directory, for clone3(2)'s CLONE_INTO_CGROUP; nil on a host without v2.
    var unifiedDirectory: FilePath? { unified.map(place) }

    /// Where processes are.
    func place(in directory: FilePath) -> FilePath {
        isNested ? directory.appending(Self.inner) : directory
    }

    /// Puts the calling process, of a single thread, into each cgroup, except the one of v2 if `exceptUnified`.
    ///
    /// A thread that moves itself alone, by "tasks", need not wait for all others to stand still: of v1's
    /// cgroup.procs each write takes milliseconds (cgroup_procs_write_start in kernel/cgroup/cgroup.c).
    ///
    /// - Throws: ``CgroupError``.
    func enter(exceptUnified: Bool) throws(CgroupError) {
        for directory in directories where !(exceptUnified && directory == unified) {
            let file = place(in: directory).appending(directory == unified ? "cgroup.procs" : "tasks")
            do { try Files.set(file, "0") } catch {
                throw .failed(operation: "enter", path: directory, errno: error.errno)
            }
        }
    }

    /// True if the kernel has killed a process of the container because of its memory limit.
    package func hasKilledForMemory() -> Bool {
        guard let memory else { return false }
        // v2: memory.events; v1: memory.oom_control, which counts kills since Linux 4.13.
        let file = memory == unified ? "memory.events" : "memory.oom_control"
        guard let text = try? Files.read(memory.appending(file)) else { return false }
        return text.split(separator: "\n").contains { line in
            let words = line.split(separator: " ")
            return words.count == 2 && words[0] == "oom_kill" && words[1] != "0"
        }
    }
}

extension CgroupHierarchy {
    /// True for the v1 hierarchy of CPU sets.
    var isCPUSet: Bool { !isUnified && controllers.contains("cpuset") }

    /// True for v1 hierarchies where a cgroup costs next to nothing.
    fileprivate var isCheap: Bool {
        !isUnified && (controllers.contains("pids") || controllers.contains("freezer"))
    }
}
