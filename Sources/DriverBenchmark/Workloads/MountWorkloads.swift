internal import Core
internal import Glibc
internal import SystemPackage

/// What a root costs: to mount, on the disk, in memory.
enum MountWorkloads {
    static func all(_ size: BenchmarkSize) -> [Workload] {
        size.depths.map { depth in
            Workload("mount-\(depth)", "mount and unmount a root of \(depth) layers; bare: one bind mount") {
                root in
                try root.mountTime(.layers(depth))
            }
        } + [
            Workload(
                "disk", "disk space of a root in which a file of one byte was written, as du counts it",
                unit: "bytes",
                repetitions: 1
            ) { Double(try $0.usage(.files(size.files)).bytes) },
            Workload(
                "inodes", "inodes of a root in which a file of one byte was written", unit: "inodes",
                repetitions: 1
            ) { Double(try $0.usage(.files(size.files)).inodes) },
            Workload(
                "page-cache",
                "share of a lower file that is in memory for a second root when one has read it",
                unit: "share", repetitions: 1
            ) { root in
                try root.withTwo(.file(bytes: 1 << 20)) { first, second in
                    for path in [first, second] { try FileWork.forget(path.appending("file")) }
                    var buffer = [UInt8](repeating: 0, count: 1 << 16)
                    try FileWork.readAll(first.appending("file"), &buffer)
                    return try FileWork.residency(second.appending("file"))
                }
            },
        ]
    }
}
