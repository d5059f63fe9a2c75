public import SystemPackage

/// One mounted cgroup hierarchy of the host.
public struct CgroupHierarchy: Sendable, Equatable {
    /// Where its root is mounted.
    public let mountPoint: FilePath
    /// True for cgroup v2 (cgroups(7)).
    public let isUnified: Bool
    /// Its controllers: "memory", "cpu"…; of a v1 hierarchy without any, none.
    public let controllers: Set<String>

    /// The hierarchies in a table of mounts; one host may have both versions ("hybrid").
    ///
    /// - Throws: ``SystemCallError`` if a v2 hierarchy's controllers cannot be read.
    public static func all(in table: MountTable) throws(SystemCallError) -> [CgroupHierarchy] {
        var found: [CgroupHierarchy] = []
        for entry in table.entries where entry.type == "cgroup" || entry.type == "cgroup2" {
            guard table.mount(at: entry.target) == entry else { continue }  // Something is mounted over it.
            let isUnified = entry.type == "cgroup2"
            let controllers =
                isUnified
                ? try Files.read(entry.target.appending("cgroup.controllers")).split {
                    $0 == " " || $0 == "\n"
                }
                : entry.fileSystemOptions.split(separator: ",")
            found.append(
                CgroupHierarchy(
                    mountPoint: entry.target, isUnified: isUnified,
                    controllers: Set(controllers.map(String.init))))
        }
        return found
    }
}
