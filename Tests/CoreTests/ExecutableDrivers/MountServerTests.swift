import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Mount

@Suite("Programs that serve a mount", .enabled(if: geteuid() == 0, "only root may mount"))
struct MountServerTests {
    private func error(_ program: String, _ arguments: [String], patience: Int) throws -> ProgramError? {
        let scene = try DriverPlace()
        let place = scene.directory
        defer { withExtendedLifetime(scene) {} }
        return #expect(throws: ProgramError.self) {
            try PrivateMountNamespace.run {
                try MountServer.start(ProgramCall(program, arguments), at: place, patience: patience)
            }
        }
    }

    @Test("One that mounts nothing in time is killed")
    func silent() throws {
        let error = try error("/bin/sh", ["-c", "echo waiting; sleep 1000"], patience: 100)
        guard case .tookTooLong = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(!MountServer.areRunning)
    }

    @Test("One that ends without having mounted anything is an error with its words")
    func ended() throws {
        let error = try error("/bin/sh", ["-c", "echo first >&2; echo last >&2; exit 0"], patience: 60_000)
        guard case .servedNothing(_, _, let words) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(words == "first; last")
    }

    @Test("One that is not root's alone is not started")
    func untrusted() throws {
        let scene = try DriverPlace()
        let place = scene.directory
        defer { withExtendedLifetime(scene) {} }
        let program = place.appending("x")
        try Files.create(program, "#!/bin/sh\n", mode: 0o755)
        try systemCall("chmod", program) { chmod($0, 0o777) }
        let error = try error(program.string, [], patience: 60_000)
        #expect(error?.explanation.problem.contains("can be written to by others than root") == true)
    }

    @Test("What it has mounted is taken out of its namespace, which is its own")
    func mounted() throws {
        let scene = try DriverPlace()
        let place = scene.directory
        defer { withExtendedLifetime(scene) {} }
        // It ends when its mount is taken away, as what reads a device of a file system in user space does.
        let script = """
            mount -t tmpfs served "$1"
            while grep -q " $1 " /proc/self/mountinfo; do :; done
            """
        let types = try PrivateMountNamespace.run {
            try MountServer.start(ProgramCall("/bin/sh", ["-c", script, "sh", place.string]), at: place)
            return try MountTable().entries.filter { $0.target == place }.map(\.type)
        }
        #expect(types == ["tmpfs"])
        #expect(try MountTable().mount(at: place) == nil)
        #expect(!MountServer.areRunning)
    }
}
