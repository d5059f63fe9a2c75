internal import Glibc
internal import Host
internal import SystemPackage

extension ContainerCgroup {
    /// True if new limits need a cgroup where the container has none: its processes have to be moved, and should stand
    /// still meanwhile.
    ///
    /// - Throws: ``CgroupError`` for a limit that this host cannot set.
    package func needsMore(
        for limits: ResourceLimits, replacing old: ResourceLimits, hierarchies: [CgroupHierarchy]
    ) throws(CgroupError) -> Bool {
        try !missing(for: CgroupPlan(for: limits, replacing: old, in: hierarchies)).isEmpty
    }

    private func missing(for plan: CgroupPlan) -> [CgroupHierarchy] {
        plan.hierarchies.filter { !directories.contains(directory(in: $0)) }
    }

    /// Gives the container other limits, all of them or none: what was changed before a failure is put back.
    ///
    /// Memory that its processes have already is not counted where they are only now put into a cgroup for it, but on
    /// the first version of cgroups before Linux 6.13.
    ///
    /// - Parameter old: the limits that it has.
    /// - Returns: its cgroups, which may be more.
    /// - Throws: ``CgroupError``.
    package func update(
        from old: ResourceLimits, to limits: ResourceLimits, hierarchies: [CgroupHierarchy]
    ) throws(CgroupError) -> ContainerCgroup {
        let plan = try CgroupPlan(for: limits, replacing: old, in: hierarchies)
        let missing = missing(for: plan)
        let whole = try CgroupPlan(for: limits, in: hierarchies)
        if let memory = limits.memory, memory != old.memory { try refuseLessThanUsed(memory) }
        var moved: [(process: Int32, place: FilePath)] = []
        do {
            for hierarchy in missing {
                try make(in: hierarchy, whole.settings[hierarchy.mountPoint] ?? [])
                if hierarchy.has(.memory) {
                    // admin-guide/cgroup-v1/memory.rst, "Move charges at task migration".
                    try? Files.set(directory(in: hierarchy).appending("memory.move_charge_at_immigrate"), "3")
                }
            }
            for hierarchy in plan.hierarchies where !missing.contains(hierarchy) {
                try write(plan.settings[hierarchy.mountPoint] ?? [], in: hierarchy)
            }
            for hierarchy in missing { try moveProcesses(to: hierarchy, &moved) }
        } catch {
            for (process, place) in moved { try? Files.set(place.appending("cgroup.procs"), "\(process)") }
            for hierarchy in missing { try? Files.removeDirectory(directory(in: hierarchy)) }
            if let back = try? CgroupPlan(for: old, replacing: limits, in: hierarchies) {
                for hierarchy in back.hierarchies where !missing.contains(hierarchy) {
                    for setting in back.settings[hierarchy.mountPoint] ?? [] {
                        try? write([setting], in: hierarchy)
                    }
                }
            }
            throw error
        }
        return .find(id: id, below: parent, hierarchies: hierarchies)
    }

    private func directory(in hierarchy: CgroupHierarchy) -> FilePath {
        Self.directory(of: id, below: parent, in: hierarchy)
    }

    private func write(
        _ settings: [CgroupSetting], in hierarchy: CgroupHierarchy
    ) throws(CgroupError) {
        let directory = directory(in: hierarchy)
        do { try enable(Set(settings.map(\.controller)), above: directory, in: hierarchy) } catch {
            throw .failed(
                operation: "change", path: FilePath(error.subject ?? directory.string), errno: error.errno)
        }
        for setting in settings {
            if isNested && hierarchy.isCPUSet && setting.controller == .cpuset {
                try writeNested(setting, in: directory)
            } else {
                try setting.write(to: directory)
            }
        }
    }

    /// A set in the first version has what is in every set below it, and nothing that is not in the one above.
    private func writeNested(_ setting: CgroupSetting, in directory: FilePath) throws(CgroupError) {
        let inner = directory.appending(Self.inner)
        let file = FilePath(setting.file).components
        let old = (try? Files.read(directory.appending(file))) ?? ""
        let new =
            setting.value.isEmpty ? (try? Files.read(directory.parent.appending(file))) ?? "" : setting.value
        func words(_ list: String) -> String { list.split(separator: "\n").joined() }
        for (place, value) in [
            (directory, words(old) + "," + words(new)), (inner, words(new)), (directory, words(new)),
        ] {
            var step = CgroupSetting(
                option: setting.option, controller: .cpuset,
                places: [.init(file: setting.file, value: value)])
            step.lack = setting.lack
            try step.write(to: place)
        }
    }

    /// The second version takes any limit of memory, and kills until it holds; the first one refuses it.
    private func refuseLessThanUsed(_ limit: Int64) throws(CgroupError) {
        guard let unified, let text = try? Files.read(unified.appending("memory.current")),
            let current = Int64(text.dropLast())
        else { return }
        let file = unified.appending("memory.max")
        // What can be dropped, or written to a swap.
        let statistics = KeyedNumbers(at: unified.appending("memory.stat"))
        let cache = ["inactive_file", "active_file", "slab_reclaimable"].reduce(0) {
            $0 + Int64(clamping: statistics[$1] ?? 0)
        }
        let swap = KeyedNumbers(at: "/proc/meminfo")["SwapFree:"] ?? 0
        guard current - cache > limit && swap == 0 else { return }
        throw .refused(option: "--memory", value: "\(limit)", path: file, errno: .resourceBusy)
    }

    /// Moves every process of the container into its cgroup of this hierarchy.
    private func moveProcesses(
        to hierarchy: CgroupHierarchy, _ moved: inout [(process: Int32, place: FilePath)]
    ) throws(CgroupError) {
        let directory = directory(in: hierarchy)
        let file = place(in: directory).appending("cgroup.procs")
        // Those that are made meanwhile are where the one is that makes them.
        for _ in 0..<100 {
            let there = Set(Self.members(of: directory, in: "cgroup.procs"))
            let others = processes().filter { !there.contains($0) && !ProcessNumbers(of: $0).hasEnded }
            if others.isEmpty { return }
            for process in others {
                let before = hierarchy.directory(of: process)
                do { try Files.set(file, "\(process)") } catch {
                    if error.errno == .noSuchProcess { continue }
                    throw .failed(operation: "move processes into", path: directory, errno: error.errno)
                }
                if let before { moved.append((process, before)) }
            }
        }
        throw .failed(
            operation: "move processes into", path: directory, errno: .resourceTemporarilyUnavailable)
    }
}

extension CgroupHierarchy {
    /// The cgroup that a process is in, in this hierarchy.
    fileprivate func directory(of process: Int32) -> FilePath? {
        let text = (try? Files.read(FilePath("/proc/\(process)/cgroup"))) ?? ""
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let names = Set(parts[1].split(separator: ",").map(String.init))
            if isUnified ? parts[0] == "0" : !names.isEmpty && names.isSubset(of: controllers) {
                return mountPoint.appending(FilePath(String(parts[2])).components)
            }
        }
        return nil
    }
}
