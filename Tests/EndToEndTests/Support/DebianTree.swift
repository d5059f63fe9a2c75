import Glibc
import Testing

/// A Debian root file system, and what is to become of it, made without mydocker.
struct DebianTree: Sendable {
    /// Why there is none.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// The root file system as an archive, made once and kept beside the tests; $MYDOCKER_TEST_DEBIAN may name another.
    static let archive: Result<String, any Error> = Result {
        if let given = getenv("MYDOCKER_TEST_DEBIAN") { return String(cString: given) }
        let script = """
            . /etc/os-release
            packages=iputils-ping,perl,acl,attr,adduser,manpages-dev,tzdata
            kept=$PLACE/debian-$VERSION_CODENAME-$(echo "$packages" | cksum | cut -d ' ' -f 1).tar
            if [ ! -e "$kept" ]; then
                trap 'rm -f "$kept.$$"' EXIT
                timeout 900 mmdebstrap --quiet --variant=apt --include="$packages" \
                    --aptopt='Acquire::http::Timeout "20"' --aptopt='Acquire::Retries "2"' "$VERSION_CODENAME" - >"$kept.$$"
                mv "$kept.$$" "$kept"
            fi
            echo "$kept"
            """
        let made = try Program(["sh", "-e", "-c", script], .init(environment: ["PLACE": Tool.built])).finish()
        guard made.status == 0 else {
            let last =
                made.errors.split(separator: "\n").last { $0.hasPrefix("E:") } ?? "status \(made.status)"
            throw Missing(description: "apt cannot make a Debian root file system: \(last)")
        }
        return try #require(made.lines.last)
    }

    /// The tree on disk.
    let directory: String
    /// As it is.
    let original: TreeLines
    /// After ``change``.
    let changed: TreeLines
    /// After ``link`` as well, on a file system that keeps links, and on one that does not.
    let linked: (kept: TreeLines, broken: TreeLines)
    /// The scripts that are to be run in a container.
    let change: String
    let link: String

    /// - Parameter place: an empty directory.
    init(in place: String) throws {
        directory = "\(place)/debian"
        let copy = "\(place)/copy"
        func shell(_ script: String) throws {
            let outcome = try Program(["bash", "-e", "-c", script]).finish()
            try #require(outcome.status == 0, outcome.everything)
        }
        func script(_ name: String) throws -> String {
            try #require(Machine.text("\(Tool.scripts)/debian-\(name)"))
        }
        let archive = try Self.archive.get()
        try shell(
            """
            mkdir \(directory)
            tar -C \(directory) --numeric-owner --xattrs --xattrs-include='*' -xpf \(archive)
            \(Tool.scripts)/debian-add \(directory)
            """)
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        try shell("cp -a --reflink=auto \(directory) \(copy)")
        original = try TreeLines(of: .directory(directory))
        // What is newer gets a time of its own at the end; in the same second there is much that is older.
        let fraction = String(now.tv_nsec + 1_000_000_000).dropFirst()
        change = "START=@\(now.tv_sec).\(fraction)\n" + (try script("change"))
        link = try script("link")
        func apply(_ script: String) throws -> TreeLines {
            let outcome = try Program(["chroot", copy, "/bin/sh", "-c", script]).finish()
            try #require(outcome.status == 0, outcome.everything)
            return try TreeLines(of: .directory(copy))
        }
        changed = try apply(change)
        let kept = try apply(link)
        try shell(
            "rm -r \(copy)/srv/links; cp -a \(directory)/srv/links \(copy)/srv; touch -r \(directory)/srv \(copy)/srv"
        )
        linked = (kept, try apply("BREAK=yes\n" + link))
        try shell("rm -rf \(copy)")
    }
}
