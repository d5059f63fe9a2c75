internal import Runtime

extension ContainerRecord {
    /// The cgroup that the container's is made in.
    var cgroupParent: CgroupParent { spec?.cgroupParent ?? .usual }

    /// The container's cgroups, as long as it runs.
    func cgroup(in hierarchies: [CgroupHierarchy]) -> ContainerCgroup {
        .find(id: id, below: cgroupParent, hierarchies: hierarchies)
    }

    /// What makes it stand still; nil if nothing here can.
    func freezer(in hierarchies: [CgroupHierarchy]) -> ContainerFreezer? {
        ContainerFreezer(id: id, below: cgroupParent, hierarchies: hierarchies)
    }
}
