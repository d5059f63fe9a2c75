import Glibc
import SystemPackage
import Testing

@testable import Core

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
