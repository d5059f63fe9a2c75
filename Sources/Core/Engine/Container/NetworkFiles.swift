internal import Host
internal import Runtime
internal import SystemPackage

/// The files in which programs look up names: `/etc/hosts`, `/etc/hostname` and `/etc/resolv.conf`.
///
/// They agree with the host name and `--add-host`, and lie over the image's own, so no change of them is the container's.
enum NetworkFiles {
    /// Their paths.
    static let paths: [FilePath] = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"]

    static func all(for spec: ContainerSpec, id: String) throws -> [ContainerFile] {
        let name = spec.namespaces.uts == .host ? nil : spec.hostname ?? id
        return [
            ContainerFile(path: paths[0], content: hosts(name, spec)),
            ContainerFile(path: paths[1], content: (name ?? "localhost") + "\n"),
            ContainerFile(path: paths[2], content: resolver),
        ]
    }

    /// hosts(5).
    private static func hosts(_ name: String?, _ spec: ContainerSpec) -> String {
        var text = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
        if let name {
            let full = spec.domainName.map { "\(name).\($0) " } ?? ""
            text += "127.0.1.1\t\(full)\(name)\n"
        }
        for host in spec.extraHosts { text += "\(host.address)\t\(host.name)\n" }
        return text
    }

    /// resolv.conf(5): a container reaches nobody who could be asked.
    private static let resolver =
        "# There is no network but the container's own: names are those of /etc/hosts.\n"
}
