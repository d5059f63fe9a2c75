import CLinux
import Glibc
import Testing

@Suite("init: what it takes from its pipe")
struct InitTests {
    /// Starts `mydocker init` in namespaces of its own with `bytes` on its message pipe.
    private func run(_ bytes: [UInt8]) throws -> (outcome: Outcome, report: [UInt8]) {
        var message: [Int32] = [0, 0]
        var status: [Int32] = [0, 0]
        try #require(clx_pipe2(&message, O_CLOEXEC) == 0 && clx_pipe2(&status, O_CLOEXEC) == 0)
        let program = try Program(
            ["unshare", "--mount", "--pid", "--fork", "--uts", "--ipc", "--net", Tool.binary, "init"],
            .init(inherited: [3: message[0], 4: status[1]]))
        close(message[0])
        close(status[1])
        _ = bytes.withUnsafeBytes { write(message[1], $0.baseAddress, $0.count) }
        close(message[1])
        let outcome = program.finish()
        var report = [UInt8](repeating: 0, count: 4096)
        let count = read(status[0], &report, report.count)
        close(status[0])
        return (outcome, Array(report.prefix(max(count, 0))))
    }

    private func framed(_ length: Int64, _ bytes: [UInt8] = []) -> [UInt8] {
        withUnsafeBytes(of: length.littleEndian) { Array($0) } + bytes
    }

    @Test("From the shell it is refused")
    func byHand() throws {
        let outcome = try Program([Tool.binary, "init"]).finish()
        #expect(outcome.status == 125 && outcome.errors.contains("not for the shell"), outcome.everything)
    }

    @Test("The host's own program is never what runs in a container")
    func ownProgram() throws {
        let sandbox = try Sandbox()
        let outcome = try sandbox.run("/proc/self/exe", "--version")
        #expect(outcome.status == 126 && outcome.errors.contains("a link of /proc"), outcome.everything)
    }

    @Test("--init keeps no more capabilities than the command has, and hides its program")
    func reaperPrivileges() throws {
        let sandbox = try Sandbox()
        let outcome = try sandbox.run(
            "--init", "sh", "-c", "grep Cap /proc/1/status; grep Cap /proc/self/status; readlink /proc/1/exe")
        #expect(
            outcome.lines.count == 10 && outcome.lines.prefix(5) == outcome.lines.suffix(5),
            outcome.everything)
    }

    @Test("Nothing, half a length, half a message")
    func truncated() throws {
        for bytes in [[], [1, 2, 3], framed(100), framed(100, [0, 0, 0])] as [[UInt8]] {
            let (outcome, report) = try run(bytes)
            #expect(outcome.status == 125, outcome.everything)
            #expect(!report.isEmpty)
        }
    }

    @Test("Lengths that no message has", arguments: [0, -1, (64 << 20) + 1, .max, .min] as [Int64])
    func badLength(length: Int64) throws {
        let (outcome, report) = try run(framed(length, [1, 2, 3, 4]))
        #expect(outcome.status == 125, outcome.everything)
        #expect(String(decoding: report, as: UTF8.self).contains("read the message"))
    }

    @Test("Garbage, hostile counts, and more than the message says")
    func garbage() throws {
        let count = framed(Int64.max)
        for bytes in [
            [UInt8](repeating: 0xFF, count: 300), [UInt8](repeating: 0, count: 300), count, framed(1) + count,
            framed(1) + framed(1) + [65], framed(0) + framed(0) + framed(0),
        ] {
            let (outcome, report) = try run(framed(Int64(bytes.count), bytes))
            #expect(outcome.status == 125, outcome.everything)
            #expect(String(decoding: report, as: UTF8.self).contains("malformed"), "\(bytes)")
        }
    }
}
