internal import Core
internal import Glibc
internal import SystemPackage

/// A kernel as Debian packages it: fetched by apt, and unpacked in a cache, never installed.
struct KernelPackage {
    /// What `--kernel` names one by.
    static let prefix = "deb:"

    private let name: String

    /// - Parameter name: a version, "6.12", of which the newest is meant, or a package, "linux-image-6.12.9-cloud-amd64".
    init(_ name: String) {
        self.name = name
    }

    /// The kernel image, with its modules beside it.
    ///
    /// - Throws: ``LabError``, ``SystemCallError``.
    func kernel(in cache: FilePath) throws -> FilePath {
        guard !name.isEmpty, name.utf8.allSatisfy({ Self.allowed.contains($0) }), name.utf8.first != 0x2d
        else {
            throw LabError.noPackage(name, reason: "that is no name of a package")
        }
        for program in ["apt-get", "apt-cache", "dpkg-deb"]
        where !Files.exists(FilePath("/usr/bin/\(program)")) {
            throw LabError.noPackage(name, reason: "\(program) is not installed")
        }
        let package = try package()
        let directory = cache.appending(FilePath(package).components)
        if !Files.isDirectory(directory) { try fetch(package, to: directory, in: cache) }
        let boot = directory.appending("boot")
        guard let file = try Files.list(boot).first(where: { $0.hasPrefix("vmlinuz-") }) else {
            throw LabError.noPackage(name, reason: "there is no kernel in \(package)")
        }
        return boot.appending(FilePath(file).components)
    }

    private static let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-".utf8)

    /// The package's full name: of several versions the newest, and of its kinds the one for virtual machines first.
    private func package() throws -> String {
        let prefix = name.hasPrefix("linux-image-") ? name : "linux-image-\(name)"
        let listing = try Command(["/usr/bin/apt-cache", "pkgnames", prefix]).output()
        let found = listing.text.split(separator: "\n").map(String.init)
        if found.contains(prefix) { return prefix }
        let matching = found.filter { package in
            // 6.1 is not 6.12.
            guard let next = package.dropFirst(prefix.count).first else { return false }
            return !(next.isASCII && next.isNumber)
        }
        for kind in ["-cloud-amd64-unsigned", "-cloud-amd64", "-amd64-unsigned", "-amd64"] {
            let some = matching.filter { $0.hasSuffix(kind) && !$0.contains("-rt-") }
            if let newest = some.max(by: { VersionText($0) < VersionText($1) }) { return newest }
        }
        throw LabError.noPackage(name, reason: "apt knows no kernel of that name: run apt-get update")
    }

    private func fetch(_ package: String, to directory: FilePath, in cache: FilePath) throws {
        try Files.makeDirectories(cache, mode: 0o755)
        let place = cache.appending("new-\(getpid())")
        try Files.makeDirectory(place)
        defer { try? TreeRemoval.remove(place) }
        // apt-get has no option for where to put it: it is the current directory.
        let download = try Command([
            "/bin/sh", "-c", "cd \"$1\" && exec apt-get -q download \"$2\"", "sh", place.string, package,
        ]).output()
        guard download.status == 0, let file = try Files.list(place).first(where: { $0.hasSuffix(".deb") })
        else {
            throw LabError.noPackage(name, reason: "apt-get download \(package): \(Self.last(download))")
        }
        let (archive, tree) = (place.appending(FilePath(file).components), place.appending("tree"))
        let unpacking = try Command(["/usr/bin/dpkg-deb", "-x", archive.string, tree.string]).output()
        guard unpacking.status == 0 else {
            throw LabError.noPackage(name, reason: "dpkg-deb \(file): \(Self.last(unpacking))")
        }
        try Files.rename(tree, to: directory)
    }

    private static func last(_ outcome: Command.Outcome) -> String {
        outcome.text.split(separator: "\n").last.map(String.init) ?? "it failed"
    }
}
