import Foundation
import Testing

@Suite("Completion in shells")
struct CompletionTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
        try #require(try sandbox.tool("tag", "busybox", "reg.example:5000/a/box:v1").status == 0)
        for name in [["--name", "web"], []] {
            let words = ["--storage", "bind", "--keep"] + name + ["true"]
            try #require(try sandbox.start(["run"] + words).finish().status == 0)
        }
    }

    private func bash(_ line: String) throws -> [String] {
        let outcome = try Program(
            ["\(Tool.repository)/Tests/EndToEndTests/Support/Scripts/bash-completion", Tool.binary, line],
            .init(environment: ["MYDOCKER_ROOT": sandbox.root])
        ).finish()
        #expect(outcome.status == 0 && outcome.errors == "", outcome.everything)
        return outcome.lines
    }

    @Test("bash completes containers, images and drivers, colons and all")
    func inBash() throws {
        let ids = try sandbox.tool("ps", "-aq").lines
        let unnamed = try #require(
            try sandbox.tool("ps", "-a").lines.first { !$0.hasSuffix("web") && $0.contains("busybox") })
        let id = String(unnamed.prefix { $0 != " " })
        #expect(try Set(bash("rm ")) == ["web", id] && bash("container rm w") == ["web"])
        #expect(
            try bash("rm \(ids[0].prefix(8))") == [ids[0]] && bash("diff \(ids[1].prefix(8))") == [ids[1]])
        #expect(
            try bash("run b") == ["busybox:latest"]
                && bash("run -it --name b reg.e") == ["reg.example:5000/a/box:v1"])
        #expect(try bash("rmi busybox:") == ["latest"] && bash("rmi reg.example:5000/a/box:v") == ["v1"])
        #expect(try bash("rmi reg.example:") == ["5000/a/box:v1"] && bash("inspect we") == ["web"])
        #expect(try bash("run --storage bi") == ["bind"] && bash("--storage=bi") == ["bind"])
        #expect(
            try bash("cp we") == ["compopt -o nospace", "web:"] && bash("cp ./") == ["compopt -o default"])
        #expect(
            try bash("run busybox ") == ["compopt -o default"]
                && bash("run --rootfs /") == ["compopt -o dirnames"])
        #expect(try bash("--root /nowhere rm ") == [] && bash("--root \(sandbox.root) rm we") == ["web"])
    }

    @Test("fish does, and zsh can read its script", .needs("fish"), .needs("zsh"))
    func inOthers() throws {
        let script = """
            ln -s "$1" "$2/mydocker" && PATH=$2:$PATH && export HOME=$2 &&
            for line in 'rm we' 'run b' 'run --storage=bi' 'image rm busybox:l'; do
                fish --no-config -c 'mydocker completion fish | source; complete -C "mydocker $argv"' -- "$line"
            done && mydocker completion zsh > "$2/_mydocker" && zsh -n "$2/_mydocker"
            """
        let outcome = try Program(
            ["sh", "-c", script, "sh", Tool.binary, sandbox.directory],
            .init(environment: ["MYDOCKER_ROOT": sandbox.root])
        ).finish()
        #expect(
            outcome.lines == ["web", "busybox:latest", "--storage=bind", "busybox:latest"], outcome.everything
        )
    }

    @Test("Nothing is changed by it, and a store that cannot be read offers nothing")
    func unchanged() throws {
        let left = "\(sandbox.root)/tmp/left"
        try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: false)
        let listing = ["sh", "-c", "find \"$0\" -printf '%p %T@ %C@\\n' | sort", sandbox.root]
        let before = try Program(listing).finish().text
        for line in ["rm ", "run ", "inspect "] { #expect(try !bash(line).isEmpty) }
        #expect(try Program(listing).finish().text == before)
        Machine.write("\(sandbox.root)/images/index.json", "nonsense")
        #expect(try bash("run ") == [] && bash("rm we") == ["web"])
    }
}
