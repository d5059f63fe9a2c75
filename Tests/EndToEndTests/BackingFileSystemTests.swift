import Testing

/// The conformance kit on other file systems than the one that the tests are on, each in a file of its own.
///
/// One after the other, so that as little memory and disk as possible is taken at once.
@Suite("Conformance on other file systems", .serialized)
struct BackingFileSystemTests {
    /// The cases whose answer depends on what is below the driver.
    private static let cases =
        ["M8"] + (1...25).map { "C\($0)" } + (1...4).map { "L\($0)" } + (1...6).map { "D\($0)" }
        + ["K3", "K4", "K5", "S9", "X1", "X2"]

    @Test(
        "ext4, XFS with reflinks, btrfs, tmpfs",
        arguments: ["mkfs.ext4 -q", "mkfs.xfs -q -m reflink=1", "mkfs.btrfs -q", "tmpfs"])
    func check(make: String) throws {
        let sandbox = try Sandbox(withImage: false)
        let tool = make.split(separator: " ").first.map(String.init) ?? ""
        let mount =
            make == "tmpfs"
            ? "mount -t tmpfs -o size=1g place $DIR/place"
            : "truncate -s 1500M $DIR/image; \(make) $DIR/image; mount -o loop $DIR/image $DIR/place"
        let script = """
            mkdir $DIR/place
            \(tool == "tmpfs" ? "" : "command -v \(tool) >/dev/null || { echo there is no \(tool); exit 77; }")
            { \(mount); } || { echo this kernel cannot mount it; exit 77; }
            $1 storage check --root $DIR/place/store \(Self.cases.map { "--case \($0)" }.joined(separator: " "))
            """
        let outcome = try Program(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", Tool.binary],
            .init(environment: ["DIR": sandbox.directory])
        ).finish()
        if outcome.status == 77 { try Test.cancel("\(outcome.lines.last ?? "")") }
        #expect(outcome.status == 0 && outcome.text.contains(" 0 failed"), outcome.everything)
        // Nothing is passed over that is tried on the usual file system.
        let skipped = outcome.lines.filter { $0.contains(" skipped: ") }
        #expect(
            skipped.allSatisfy { $0.contains("attributes") || $0.contains("takes no file of") }, "\(skipped)")
    }
}
