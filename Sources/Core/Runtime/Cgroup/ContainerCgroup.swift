internal import CLinux
internal import Glibc
internal import Host
public import SystemPackage

/// The cgroups of one container, `mydocker/ID` in each hierarchy that it needs: those of the controllers that
/// its limits ask for, and one more, so that its processes can always be found and killed.
public struct ContainerCgroup: Sendable, Equatable {
    /// The cgroup's directories, one in each hierarchy.
    public let directories: [FilePath]
    private let unified: FilePath?
    private let memory: FilePath?
    /// True if the kernel asks which devices may be used.
    package private(set) var controlsDevices = false
    /// True if the processes are in a cgroup below, so that they cannot get at the limits.
    private var isNested = false

    /// The cgroup below, in which the processes are then.
    private static let inner: FilePath.Component = "inner"

    /// The parent of all containers' cgroups, in every hierarchy.
    private static let parent: FilePath.Component = "mydocker"

    /// Makes the cgroups and applies the limits.
    ///
    /// - Parameters:
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
        id: String, limits: ResourceLimits, devices: [DeviceRule]?, isNested: Bool,
        hierarchies: [CgroupHierarchy]
    ) throws(CgroupError) -> ContainerCgroup {
        var settings: [FilePath: [CgroupSetting]] = [:]
        var used = isNested ? hierarchies : []
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
        let deviceHierarchy = devices == nil ? nil : hierarchies.first { $0.controllers.contains("devices") }
        for hierarchy in [
            deviceHierarchy, hierarchies.first(where: \.isUnified) ?? hierarchies.first(where: \.isCheap),
        ] {
            if let hierarchy, !used.contains(hierarchy) { used.append(hierarchy) }
        }
        let name = FilePath(id).components
        func directory(_ hierarchy: CgroupHierarchy) -> FilePath {
            hierarchy.mountPoint.appending(parent).appending(name)
        }
        var cgroup = ContainerCgroup(
            directories: used.map(directory),
            unified: used.first(where: \.isUnified).map(directory),
            memory: limits.memory == nil
                ? nil : used.first { $0.controllers.contains("memory") }.map(directory),
            isNested: isNested)
        do {
            for hierarchy in used {
                try make(
                    directory(hierarchy), in: hierarchy, settings[hierarchy.mountPoint] ?? [],
                    isNested: isNested)
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

    private init(
        directories: [FilePath], unified: FilePath?, memory: FilePath?, isNested: Bool = false
    ) {
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

    /// Finds the cgroups that a dead mydocker left for container `id`.
    public static func find(id: String, hierarchies: [CgroupHierarchy]) -> ContainerCgroup {
        let directories = hierarchies.map {
            $0.mountPoint.appending(parent).appending(FilePath(id).components)
        }
        return ContainerCgroup(directories: directories.filter(Files.exists), unified: nil, memory: nil)
    }

    /// The cgroup v2 directory, for clone3(2)'s CLONE_INTO_CGROUP; nil on a host without v2.
    var unifiedDirectory: FilePath? { unified.map(place) }

    /// Where processes are.
    private func place(in directory: FilePath) -> FilePath {
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

    /// Kills whatever is left in the cgroups and removes them, and their parent if this was the last.
    ///
    /// - Throws: ``CgroupError``.
    public func remove() throws(CgroupError) {
        for directory in directories {
            if isNested { try Self.remove(directory.appending(Self.inner)) }
            try Self.remove(directory)
            try? Files.removeDirectory(directory.parent)  // Busy as long as others run.
        }
    }

    private static func remove(_ directory: FilePath) throws(CgroupError) {
        var attempts = 0
        while true {
            do { return try Files.removeDirectory(directory) } catch
                where error.errno == .noSuchFileOrDirectory
            {
                return
            } catch  where error.errno == .resourceBusy && attempts < 200 {
                // Cgroups that were made in it; members, or killed ones that have not been reaped yet.
                for name in (try? Files.list(directory)) ?? [] {
                    let below = directory.appending(FilePath(name).components)
                    if Files.isDirectory(below) { try remove(below) }
                }
                attempts += 1
                killMembers(of: directory)
                usleep(attempts == 1 ? 500 : 5000)
            } catch {
                throw .failed(operation: "remove", path: directory, errno: error.errno)
            }
        }
    }

    private static func killMembers(of directory: FilePath) {
        // Version 1 does not let a frozen process die.
        try? ContainerFreezer(of: directory)?.thaw()
        guard let members = try? Files.read(directory.appending("cgroup.procs")) else { return }
        for member in members.split(separator: "\n") {
            if let process = pid_t(member), process > 0 { kill(process, SIGKILL) }
        }
    }
}

extension CgroupHierarchy {
    /// True for the v1 hierarchy of CPU sets.
    fileprivate var isCPUSet: Bool { !isUnified && controllers.contains("cpuset") }

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
        _ directory: FilePath, in hierarchy: CgroupHierarchy, _ settings: [CgroupSetting], isNested: Bool
    ) throws(CgroupError) {
        let parent = directory.parent
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
        guard isNested else { return }
        let inner = directory.appending(inner)
        do {
            try Files.makeDirectory(inner)
            if hierarchy.isCPUSet { try inheritCPUSet(inner, from: directory) }
        } catch {
            throw .failed(operation: "make", path: inner, errno: error.errno)
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
        if hierarchy.isCPUSet {
            try inheritCPUSet(parent, from: hierarchy.mountPoint)
            try inheritCPUSet(directory, from: parent)
        }
    }

    /// Gives a v1 cpuset the one above's: it starts empty, and then no process can enter it.
    private static func inheritCPUSet(_ lower: FilePath, from upper: FilePath) throws(SystemCallError) {
        for file in ["cpuset.cpus", "cpuset.mems"] where try Files.read(lower.appending(file)) == "\n" {
            try Files.set(lower.appending(file), try Files.read(upper.appending(file)))
        }
    }
}
