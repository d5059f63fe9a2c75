import Foundation
import Testing

/// Images of as many layers as a driver takes, and of one more.
@Suite("Many layers", .needs("python3"))
struct ManyLayersTests {
    private let sandbox: Sandbox
    /// What /layers holds, by the number of layers.
    private let expected: [Int: String]
    private static let counts = [126, 128, 500, 501]
    private static let script =
        "cd /layers; for f in $(find . -type f | sed s,^./,, | LC_ALL=C sort); do echo $f=$(cat $f); done"

    init() throws {
        sandbox = try Sandbox(withImage: false)
        let layout = "\(sandbox.directory)/layout"
        let made = try Program(
            [Tool.python, "-B", "\(Tool.scripts)/layered_image.py", Tool.archive.get(), layout]
                + Self.counts.map(String.init)
        ).finish()
        try #require(made.status == 0, made.everything)
        expected = Dictionary(uniqueKeysWithValues: zip(Self.counts, made.lines))
        let loaded = try sandbox.tool("load", "-q", "-i", layout)
        try #require(loaded.status == 0 && loaded.lines.count == Self.counts.count, loaded.everything)
    }

    private func expectRuns(_ count: Int, _ driver: String) throws {
        let outcome = try sandbox.run("--storage", driver, "layers:\(count)", "sh", "-c", Self.script)
        #expect(outcome.status == 0, outcome.everything)
        #expect(outcome.lines.joined(separator: " ") == expected[count], "\(count) layers under \(driver)")
        // The write layer is one more: what all layers show can be changed.
        let changed = try sandbox.run(
            "--storage", driver, "layers:\(count)", "sh", "-c", "rm -r /layers && mkdir /layers && ls /layers"
        )
        #expect(changed.status == 0 && changed.text == "", changed.everything)
        sandbox.expectClean()
    }

    private func expectRefused(_ count: Int, _ driver: String, _ reason: String) throws {
        let outcome = try sandbox.run("--storage", driver, "layers:\(count)", "true")
        #expect(outcome.status == 125 && outcome.errors.contains(reason), outcome.everything)
        // The best of the others that takes them.
        let information = try sandbox.tool("storage", "info", "--json")
        let object = try JSONSerialization.jsonObject(with: Data(information.text.utf8)) as? [String: Any]
        let drivers = try #require(object?["drivers"] as? [[String: Any]])
        let other =
            drivers.first {
                $0["name"] as? String != driver && $0["reason"] == nil
                    && ($0["layerLimit"] as? Int ?? .max) >= count
            }?["name"] as? String ?? "none"
        #expect(outcome.errors.contains("--storage \(other)"), outcome.everything)
        sandbox.expectClean()
    }

    @Test("overlay: 500, and not 501", .driver("overlay"))
    func overlay() throws {
        // Before anything is unpacked for nothing.
        try expectRefused(501, "overlay", "501 layers")
        #expect(Machine.list("\(sandbox.root)/storage/overlay/snapshots") == [])
        for count in [128, 500] { try expectRuns(count, "overlay") }
        try expectRefused(501, "overlay", "501 layers")
    }

    @Test("bind: any number", .driver("bind"))
    func bind() throws {
        for count in [128, 501] { try expectRuns(count, "bind") }
    }

    @Test("aufs: 126, and more where the kernel was built for more", .driver("aufs"))
    func aufs() throws {
        try expectRuns(126, "aufs")
        for count in [128, 500] {
            let outcome = try sandbox.run("--storage", "aufs", "layers:\(count)", "true")
            if outcome.status == 0 {
                try expectRuns(count, "aufs")
            } else {
                try expectRefused(count, "aufs", "layers")
            }
        }
    }
}
