import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Mount
@testable import Storage

@Suite("Steps of a plan that are no mounts")
struct PlanStepTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func execute(_ steps: [MountStep]) throws {
        try MountPlan(steps).execute(protecting: FileSeal.make)
    }

    @Test("A program is run with its arguments, and what it says last explains its failure")
    func run() throws {
        let file = directory.path.appending("it")
        try execute([.run(ProgramCall("touch", [file.string]))])
        #expect(Files.exists(file))
        try execute([.run(ProgramCall("/bin/sh", ["-c", "yes | head -c 1000000"]))])
        let failing = "seq 10000; echo gone wrong >&2; exit 3"
        #expect(throws: ProgramError.failed(program: "sh", status: 3, words: "gone wrong")) {
            try execute([.run(ProgramCall("sh", ["-c", failing]))])
        }
        #expect(throws: ProgramError.failed(program: "sh", status: 137, words: "")) {
            try execute([.run(ProgramCall("sh", ["-c", "kill -9 $$"]))])
        }
    }

    @Test("A program that is not there, or none, is named")
    func missing() throws {
        #expect(throws: ProgramError.missing(program: "no-such-program")) {
            try execute([.run(ProgramCall("no-such-program", []))])
        }
        let file = directory.path.appending("text")
        try Files.create(file, "text", mode: 0o644)
        let error = #expect(throws: ProgramError.self) { try execute([.run(ProgramCall(file.string, []))]) }
        guard case .untrusted(_, file.string, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("A program does not outlive the thread that waits for it, nor inherit what is open or blocked")
    func inheritance() throws {
        let list = directory.path.appending("list")
        try execute([
            .run(
                ProgramCall(
                    "sh",
                    [
                        "-c",
                        "ls /proc/self/fd > \(list.string); grep SigBlk /proc/self/status >> \(list.string)",
                    ]))
        ])
        // 3 is the program, 4 the directory that ls reads; those from 10 on are the shell's own.
        let numbers = try Files.read(list).split(separator: "\n").compactMap { Int($0) }
        #expect(Set(numbers.filter { $0 < 10 }) == [0, 1, 2, 3, 4])
        #expect(try Files.read(list).hasSuffix("0000000000000000\n"))
    }

    @Test("The digest of a file is written beside it, and a changed byte is found")
    func protect() throws {
        let file = directory.path.appending("a file")
        try Files.create(file, String(repeating: "0123456789abcdef", count: 200_000))
        try execute([.protect(file: file)])
        let words = try Files.read(MountStep.digest(of: file)).split(separator: " ", maxSplits: 1)
        #expect(words[0].utf8.count == 64)
        #expect(words[1] == " a file\n")
        #expect(try FileSeal.holds(for: file))
        #expect(FileSeal.problems(in: directory.path) == [])
        let descriptor = try Descriptor(file, O_WRONLY)
        #expect(pwrite(descriptor.rawValue, "x", 1, 2_000_000) == 1)
        #expect(FileSeal.problems(in: directory.path) == ["a file: its digest is not what was recorded"])
        // Again, as after an interruption.
        try execute([.protect(file: file)])
        #expect(FileSeal.problems(in: directory.path) == [])
        try Files.remove(file)
        #expect(FileSeal.problems(in: directory.path).count == 1)
    }

    @Test("A directory that is cleared stays as it is")
    func clear() throws {
        let cleared = directory.path.appending("cleared")
        try Files.makeDirectory(cleared, mode: 0o751)
        try Files.makeDirectory(cleared.appending("directory"))
        try Files.create(cleared.appending("directory/file"))
        let before = try #require(Files.status(cleared))
        try execute([.clear(directory: cleared)])
        let after = try #require(Files.status(cleared))
        #expect(try Files.list(cleared) == [])
        #expect(after.st_ino == before.st_ino && after.st_mode == before.st_mode)
        #expect(
            after.st_mtim.tv_sec == before.st_mtim.tv_sec && after.st_mtim.tv_nsec == before.st_mtim.tv_nsec)
    }
}
