/// A controller of the kernel's, by its name in version 1.
enum CgroupController: String {
    case memory, cpu, cpuset, pids, blkio

    /// Its name in that version.
    func name(isUnified: Bool) -> String { self == .blkio && isUnified ? "io" : rawValue }
}

extension CgroupHierarchy {
    /// True if the controller is in this hierarchy.
    func has(_ controller: CgroupController) -> Bool {
        controllers.contains(controller.name(isUnified: isUnified))
    }
}
