import BtrfsDriver
import Core
import DriverConformance
import Glibc
import SystemPackage
import Testing

/// The conformance kit, each case with each driver that works here a test case of its own.
///
/// They run beside each other and all else: what the kit looks for afterwards (mounts, descriptors, processes, loop
/// devices) it knows by the case's own place or thread. In memory, if scripts/test has made that: BackingFileSystemTests
/// tries what depends on the file system on several.
@Suite("Conformance", .enabled(if: geteuid() == 0, "only root may mount"))
struct ConformanceTests {
    struct Trial: CustomTestStringConvertible, Sendable {
        let test: ConformanceCase
        let driver: String

        var testDescription: String { "\(test.id) \(driver): \(test.title)" }
    }

    private static func trials(_ driver: String) -> [Trial] {
        ConformanceKit.cases.map { Trial(test: $0, driver: driver) }
    }

    @Test(.driver("overlay"), arguments: trials("overlay")) func overlay(trial: Trial) throws {
        try run(trial)
    }

    @Test(.driver("bind"), arguments: trials("bind")) func bind(trial: Trial) throws { try run(trial) }

    @Test(.driver("aufs"), arguments: trials("aufs")) func aufs(trial: Trial) throws { try run(trial) }

    @Test(.driver("erofs"), arguments: trials("erofs")) func erofs(trial: Trial) throws { try run(trial) }

    /// On a btrfs in a file, which the kit makes for each.
    @Test(arguments: trials("btrfs")) func btrfs(trial: Trial) throws {
        try run(trial, BtrfsDriver())
    }

    private func run(_ trial: Trial, _ other: (any StorageDriver)? = nil) throws {
        let driver = try #require(other ?? Drivers.all[trial.driver])
        let place = try makeTestDirectory()
        defer { try? TreeRemoval.remove(place) }
        let result = ConformanceKit(
            driver, in: place, peers: Array(Drivers.all.filter { Drivers.unsupported[$0.key] == nil }.values)
        ).run(trial.test)
        switch result.verdict {
        case .passed, .declared: break
        case .skipped: try Test.cancel("\(result.detail ?? "")")
        case .failed: Issue.record("\(trial.testDescription): \(result.detail ?? "")")
        @unknown default: Issue.record("a verdict that this test does not know")
        }
    }
}
