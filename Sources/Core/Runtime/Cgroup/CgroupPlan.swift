internal import SystemPackage

/// Which settings are written in which hierarchy.
struct CgroupPlan {
    /// By the hierarchy's mount point.
    private(set) var settings: [FilePath: [CgroupSetting]] = [:]
    /// The hierarchies that have some.
    private(set) var hierarchies: [CgroupHierarchy] = []

    /// What makes `limits` of `old`.
    ///
    /// - Throws: ``CgroupError`` for a limit that this host cannot set.
    init(
        for limits: ResourceLimits, replacing old: ResourceLimits = ResourceLimits(),
        in hierarchies: [CgroupHierarchy]
    ) throws(CgroupError) {
        try limits.check()
        for isUnified in [false, true] {
            for setting in CgroupSetting.all(for: limits, replacing: old, isUnified: isUnified) {
                guard let owner = hierarchies.first(where: { $0.has(setting.controller) }) else {
                    let isAllUnified = hierarchies.allSatisfy(\.isUnified)
                    throw .noController(
                        name: setting.controller.name(isUnified: isAllUnified), option: setting.option)
                }
                guard owner.isUnified == isUnified else { continue }
                if setting.places.isEmpty { throw .unsupported(option: setting.option, reason: setting.lack) }
                settings[owner.mountPoint, default: []].append(setting)
                if !self.hierarchies.contains(owner) { self.hierarchies.append(owner) }
            }
        }
    }
}
