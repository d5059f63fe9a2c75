/// How a booted kernel's cgroups are laid out: each kind is met on some kernel.
enum CgroupLayout: String, CaseIterable {
    // In this order: the newest kernels, which come last, are built without some of v1's controllers.
    case v2, v1, hybrid

    /// The shell commands that mount them.
    var script: String {
        let v1 = """
            mount -t tmpfs cgroup /sys/fs/cgroup
            for c in memory pids cpu cpuset freezer; do
                mkdir /sys/fs/cgroup/$c; mount -t cgroup -o $c cgroup /sys/fs/cgroup/$c || rmdir /sys/fs/cgroup/$c
            done
            """
        return switch self {
        case .v2: "mount -t cgroup2 cgroup2 /sys/fs/cgroup"
        case .v1: v1
        // What v1 does not have is v2's then: memory, in a kernel that was built without CONFIG_MEMCG_V1.
        case .hybrid: v1 + "\nmkdir /sys/fs/cgroup/unified; mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified"
        }
    }
}
