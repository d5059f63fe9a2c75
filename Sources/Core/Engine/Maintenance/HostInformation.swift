internal import CLinux
internal import Glibc
internal import Host
internal import Layers
internal import Runtime
internal import SystemPackage

/// What there is to know of this machine: `mydocker info`.
public struct HostInformation: Sendable {
    /// The kernel's release: "6.12.1".
    public let kernel: String
    /// The machine: "x86_64".
    public let architecture: String
    /// The host name.
    public let name: String
    /// The distribution, as os-release(5) calls it.
    public let system: String
    /// How many processors are online.
    public let processors: Int
    /// The memory in bytes.
    public let memory: Int64
    /// "1", "2", or "1 and 2".
    public let cgroupVersion: String
    /// What holds containers besides their namespaces, in docker's form.
    public let securityOptions: [String]

    /// Looks.
    public init() {
        var names = utsname()
        uname(&names)
        func text<Field>(_ field: Field) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        kernel = text(names.release)
        architecture = text(names.machine)
        name = text(names.nodename)
        let release = (try? Files.read("/etc/os-release")) ?? ""
        system =
            release.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }.map {
                $0.dropFirst(12).filter { $0 != "\"" }
            } ?? "Linux"
        processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        memory = Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))
        let hierarchies = (try? CgroupHierarchy.all()) ?? []
        let versions = [
            hierarchies.contains { !$0.isUnified && !$0.controllers.isEmpty } ? "1" : nil,
            hierarchies.contains { $0.isUnified } ? "2" : nil,
        ]
        cgroupVersion = versions.compactMap { $0 }.joined(separator: " and ")
        securityOptions = clx_seccomp_available() != 0 ? ["name=seccomp,profile=builtin"] : []
    }
}
