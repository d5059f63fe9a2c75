import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Runtime

struct OwnExecutableTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func script(_ name: String, _ text: String) throws -> FilePath {
        try directory.file(name, Array(text.utf8))
    }

    @Test("the program itself, a link to it, and scripts that it interprets are found out")
    func found() throws {
        let own = try OwnExecutable()
        let link = directory.path.appending("link")
        try Files.makeLink(to: "/proc/self/exe", at: link)
        #expect(own.isRun(by: "/proc/self/exe") && own.isRun(by: link))
        for text in ["#!/proc/self/exe\n", "#! \t/proc/self/exe -x y\n", "#!\(link)", "#!\(link)\0rest"] {
            #expect(own.isRun(by: try script("script", text)), "\(text.debugDescription)")
        }
        let inner = try script("inner", "#!\(link)\n")
        #expect(own.isRun(by: try script("outer", "#!\(inner)\n")))
    }

    /// The head of a program that asks for this dynamic linker (elf(5)), of 64 bits or 32.
    private func program(_ interpreter: String, is64: Bool = true, phnum: UInt16 = 1) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 256) + Array(interpreter.utf8) + [0]
        func put(_ value: Int, at place: Int, _ size: Int) {
            withUnsafeBytes(of: value.littleEndian) {
                bytes.replaceSubrange(place..<place + size, with: $0.prefix(size))
            }
        }
        bytes.replaceSubrange(0..<6, with: [0x7F, 0x45, 0x4C, 0x46, is64 ? 2 : 1, 1])
        put(64, at: is64 ? 32 : 28, is64 ? 8 : 4)
        put(is64 ? 56 : 32, at: is64 ? 54 : 42, 2)
        put(Int(phnum), at: is64 ? 56 : 44, 2)
        put(3, at: 64, 4)
        put(256, at: 64 + (is64 ? 8 : 4), is64 ? 8 : 4)
        put(interpreter.utf8.count + 1, at: 64 + (is64 ? 32 : 16), is64 ? 8 : 4)
        return bytes
    }

    @Test("a program whose dynamic linker it would be", arguments: [true, false])
    func dynamicLinker(is64: Bool) throws {
        let own = try OwnExecutable()
        for (name, isOwn) in [("/proc/self/exe", true), ("/proc/thread-self/exe", true), ("/bin/sh", false)] {
            #expect(
                own.isRun(by: try directory.file("program", program(name, is64: is64))) == isOwn, "\(name)")
        }
        let many = program("/proc/self/exe", is64: is64, phnum: 65535)
        #expect(!own.isRun(by: try directory.file("program", many)), "the kernel refuses this one")
        #expect(!own.isRun(by: try directory.file("program", Array(program("/x").prefix(70)))))
    }

    @Test("scripts that interpret each other without end are refused as well")
    func endless() throws {
        let path = directory.path.appending("script")
        #expect(try OwnExecutable().isRun(by: script("script", "#!\(path)\n")))
    }

    @Test("other programs, scripts and missing files are not taken for it")
    func others() throws {
        let own = try OwnExecutable()
        #expect(!own.isRun(by: "/bin/sh") && !own.isRun(by: "/nonexistent"))
        for text in ["#!/bin/sh\n", "#!\n", "#!", "", "plain text", "#!/nonexistent"] {
            #expect(!own.isRun(by: try script("script", text)), "\(text.debugDescription)")
        }
    }
}
