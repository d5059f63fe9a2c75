import ArgumentParser
import Core
import Testing

@testable import CLI

@Suite("Limits and sizes on the command line")
struct UsageTextTests {
    @Test(
        "Sizes of memory as docker tells them",
        arguments: [
            (0, "0B"), (1023, "1023B"), (1024, "1KiB"), (1536, "1.5KiB"), (7_637 << 20, "7.458GiB"),
            (64 << 20, "64MiB"), (123_456_789, "117.7MiB"), (UInt64.max, "16EiB"),
        ] as [(UInt64, String)])
    func binary(bytes: UInt64, text: String) {
        #expect(binarySize(bytes) == text)
    }

    @Test(
        "Parts in hundredths",
        arguments: [(0, "0.00%"), (0.004, "0.00%"), (3.07, "3.07%"), (199.5, "199.50%")])
    func parts(value: Double, text: String) {
        #expect(percentage(value) == text)
    }

    @Test("update reads every limit that run reads")
    func update() throws {
        let given = [
            "--memory=1g", "--memory-swap=2g", "--memory-reservation=8m", "--memory-swappiness=5", "--cpus=1",
            "--cpu-shares=2", "--cpu-period=1000", "--cpu-quota=1000", "--cpuset-cpus=0", "--cpuset-mems=0",
            "--pids-limit=-1", "--blkio-weight=10", "--blkio-weight-device=/dev/a:10",
            "--device-read-bps=/dev/a:1m", "--device-write-bps=/dev/a:1m", "--device-read-iops=/dev/a:1",
            "--device-write-iops=/dev/a:1", "--oom-kill-disable",
        ]
        let options = try #require(RunOptions(given[...]))
        let command = try #require(
            try MydockerCommand.parseAsRoot(["update"] + given + ["name"]) as? UpdateCommand)
        #expect(Set(options.limits.map(\.option)) == Set(command.limits.words.map(\.option)))
        #expect(Set(options.limits.map(\.text)) == Set(command.limits.words.map(\.text)))
        #expect(options.limits.count == given.count && command.limits.words.count == given.count)
    }
}
