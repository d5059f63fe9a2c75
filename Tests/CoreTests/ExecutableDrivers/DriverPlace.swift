import Glibc
import SystemPackage
import Testing

@testable import DriverKit
@testable import Host
@testable import Storage
@testable import Tree

/// A directory that only root can change, for drivers that a test writes; gone with this value.
final class DriverPlace {
    let directory: FilePath

    init() throws {
        // Not in /tmp, where everybody may write.
        var template = Array("/var/lib/mydocker-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = FilePath(platformString: template)
    }

    deinit { try? TreeRemoval.remove(directory) }

    /// A driver whose answer to anything but `probe` is what `script` prints; `$S` is the snapshot's directory, `$T` the target.
    @discardableResult
    func write(_ name: String, _ script: String, probe: String = answer, mode: UInt32 = 0o755) throws
        -> FilePath
    {
        let path = directory.appending("mydocker-driver-\(name)")
        let text = """
            #!/bin/sh
            IFS= read -r request
            field() { printf '%s' "$request" | sed -n "s/.*$1\\"\\([^\\"]*\\)\\".*/\\1/p"; }
            V=$(field '"verb":') T=$(field '"target":') S=$(field '"snapshot":{[^}]*"path":')
            echo "$V" >>\(directory)/calls
            if [ "$V" = probe ]; then echo '\(probe)'; exit; fi
            \(script)
            """
        try? Files.remove(path)
        try Files.create(path, text + "\n", mode: mode)
        try systemCall("chmod", path) { chmod($0, mode) }
        return path
    }

    /// What a driver of unions answers.
    static let answer =
        #"{"protocol":1,"supported":true,"layers":{"model":"changes","deletions":"prefix"},"verbs":["discard"]}"#

    func drivers(_ notice: @escaping @Sendable (String) -> Void = { _ in }) -> ExecutableDrivers {
        ExecutableDrivers(in: [directory], notice: notice)
    }

    /// The verbs that were asked since this was asked last.
    func calls() -> [String] {
        let file = directory.appending("calls")
        defer { try? Files.remove(file) }
        return ((try? Files.read(file)) ?? "").split(separator: "\n").map(String.init)
    }

    /// A directory for a snapshot, which is not there.
    func snapshot(_ name: String = "snapshot") -> SnapshotDirectory {
        SnapshotDirectory(directory.appending(FilePath(name).components))
    }
}
