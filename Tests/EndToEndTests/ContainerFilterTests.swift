import Glibc
import Testing

@Suite("ps with filters and formats, and logs")
struct ContainerFilterTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    /// Three containers: one that was made, one that has ended, one that runs.
    private func makeAll() throws -> [String] {
        [
            try sandbox.ok(
                "create", "--name", "made", "--label", "a=1", "-v", "data:/srv", "busybox", "true")[0],
            try sandbox.ok(
                "run", "-d", "--name", "done", "--label", "a=2", "busybox", "sh", "-c", "touch /made; exit 3")[
                    0],
            try sandbox.ok("run", "-d", "--name", "web", "--label", "b", "-i", "busybox", "cat")[0],
        ]
    }

    @Test("Filters: any of the values of a key, something of each key")
    func filters() throws {
        let ids = try makeAll()
        try sandbox.ok("wait", "done")
        func names(_ words: String...) throws -> [String] {
            try sandbox.start(["ps", "--format", "{{.Names}}"] + words).finish().lines
        }
        #expect(try names() == ["web"])
        #expect(try names("-a") == ["web", "done", "made"])
        #expect(try names("-a", "-f", "name=e", "--filter", "name=^made$") == ["web", "done", "made"])
        #expect(try names("-a", "-f", "name=^/web$") == ["web"])
        #expect(try names("-a", "-f", "name=^we$") == [])
        #expect(try names("-a", "-f", "id=\(ids[1].prefix(6))") == ["done"])
        #expect(try names("-a", "-f", "label=a") == ["done", "made"])
        #expect(try names("-a", "-f", "label=a=1") == ["made"])
        #expect(try names("-a", "-f", "label=a", "-f", "label=b") == [])
        #expect(try names("-f", "status=exited") == ["done"])
        #expect(try names("-f", "status=created", "-f", "status=running") == ["web", "made"])
        #expect(try names("-f", "exited=3") == ["done"])
        #expect(try names("-f", "exited=0") == [])
        #expect(try names("-a", "-f", "before=web") == ["done", "made"])
        #expect(try names("-a", "-f", "since=made", "-f", "before=web") == ["done"])
        #expect(try names("-a", "-f", "volume=data") == ["made"])
        #expect(try names("-a", "-f", "volume=/srv") == ["made"])
        #expect(try names("-a", "-f", "health=none", "-f", "label=b") == ["web"])
        #expect(try names("-a", "-f", "ancestor=nosuch") == [])
        try sandbox.ok("commit", "done", "child")
        try sandbox.ok("create", "--name", "grandchild", "child", "true")
        #expect(try names("-a", "-f", "ancestor=busybox") == ["grandchild", "web", "done", "made"])
        #expect(try names("-a", "-f", "ancestor=child:latest") == ["grandchild"])
        let id = try sandbox.ok("image", "inspect", "-f", "{{.Id}}", "child")[0]
        #expect(try names("-a", "-f", "ancestor=\(id)") == ["grandchild"])

        #expect(try sandbox.ok("ps", "-l", "--format", "{{.Names}}") == ["grandchild"])
        #expect(try sandbox.ok("ps", "-n", "2", "-q") == sandbox.ok("ps", "-aq").prefix(2).map { $0 })
        #expect(
            try sandbox.ok("ps", "-n", "2", "-f", "label=a", "--format", "{{.Names}}") == ["done", "made"])
        #expect(try sandbox.ok("ps", "-n", "-1", "-q") == [ids[2]])
        for wrong in ["network=x", "status=up", "exited=x", "name=(", "name", "before=nosuch"] {
            let outcome = try sandbox.tool("ps", "-f", wrong)
            #expect(outcome.status == 125 && outcome.text == "", "\(wrong): \(outcome.everything)")
        }
        try sandbox.ok("rm", "-f", "made", "done", "web", "grandchild")
        try sandbox.ok("volume", "rm", "data")
        sandbox.expectClean()
    }

    @Test("Templates print what they say, in lines or as a table")
    func templates() throws {
        let ids = try makeAll()
        try sandbox.ok("wait", "done")
        #expect(
            try sandbox.ok(
                "ps", "-a", "--format", "table {{.ID}}\\t{{.Names}}\\t{{.Label \"a\"}}\\t{{upper .State}}")
                == [
                    "CONTAINER ID   NAMES     A         STATE", "\(ids[2])   web                 RUNNING",
                    "\(ids[1])   done      2         EXITED", "\(ids[0])   made      1         CREATED",
                ])
        #expect(
            try sandbox.ok("ps", "--format", "{{json .Names}} {{.Image}} {{.Labels}}") == [
                "\"web\" busybox:latest b="
            ])
        #expect(
            try sandbox.ok("ps", "-f", "name=nosuch", "--format", "table {{.Names}}\\t{{.RunningFor}}") == [
                "NAMES     CREATED"
            ])
        #expect(
            try sandbox.ok("ps", "-l", "--format", "{{.Mounts}}|{{.LocalVolumes}}|{{.Networks}}") == [
                "|0|none"
            ])
        #expect(
            try sandbox.ok(
                "ps", "-a", "-f", "name=made", "--format", "{{.Mounts}} {{.LocalVolumes}} {{.Pid}}") == [
                    "data 1 0"
                ])
        let size = try sandbox.ok("ps", "-s")
        #expect(size[0].hasSuffix("SIZE") && size[1].contains("B (virtual "), "\(size)")
        #expect(try sandbox.ok("ps", "--format", "{{.Size}}")[0].contains("(virtual "))
        #expect(try sandbox.ok("images", "--format", "{{.Repository}}:{{.Tag}}") == ["busybox:latest"])
        #expect(
            try sandbox.ok("images", "--format", "table {{.Repository}}\\t{{.ID}}")[0]
                == "REPOSITORY   IMAGE ID")
        #expect(
            try sandbox.ok(
                "inspect", "-f",
                "{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{index .Config.Labels \"a\"}}", "done",
                "made") == [
                    "/done exited 3 2", "/made created 0 1",
                ])
        #expect(
            try sandbox.ok(
                "inspect", "--format", "{{range $i, $m := .Mounts}}{{$i}}:{{.Name}}->{{.Destination}}{{end}}",
                "made") == ["0:data->/srv"])
        #expect(try sandbox.ok("container", "inspect", "-f", "{{json .Config.Cmd}}", "web") == ["[\"cat\"]"])
        #expect(
            try sandbox.ok("image", "inspect", "-f", "{{.Os}}{{if .Config.Labels}} labels{{end}}", "busybox")
                == [
                    "linux"
                ])
        let json = try sandbox.ok("inspect", "-f", "json", "web")
        #expect(json.count == 1 && json[0].hasPrefix("[{"), "\(json)")
        for (words, said) in [
            (["ps", "-a", "--format", "{{.Name}}"], "template: 1:3: at <.Name>: can't evaluate field Name"),
            (["ps", "--format", "{{.Names"], "an action without an end"),
            (["inspect", "-f", "{{frob}}", "web"], "no function"),
            (["inspect", "-f", "{{.State.Foo}}", "web"], "can't evaluate field Foo"),
        ] {
            let outcome = try sandbox.start(words).finish()
            #expect(outcome.status == 125 && outcome.errors.contains(said), outcome.everything)
        }
        try sandbox.ok("rm", "-f", "made", "done", "web")
    }

    @Test(
        "A log is as long as it may be, in docker's form or in podman's, and each stream comes out where it went in"
    )
    func logs() throws {
        let speaking =
            "i=0; while [ $i -lt 500 ]; do i=$((i+1)); echo line $i; done; echo wrong >&2; printf end"
        for form in ["json-file", "k8s-file"] {
            let id = try sandbox.ok(
                "run", "-d", "--name", "a", "--log-driver", form, "--log-opt", "max-size=10k", "--log-opt",
                "max-file=2",
                "busybox", "sh", "-c", speaking)[0]
            try sandbox.ok("wait", "a")
            let files = Machine.list("\(sandbox.root)/kept/\(id)").filter { $0.hasPrefix("container.log") }
                .sorted()
            #expect(files == ["container.log", "container.log.1"])
            for file in files {
                #expect(try #require(Machine.text("\(sandbox.root)/kept/\(id)/\(file)")).utf8.count <= 10_000)
            }
            let all = try sandbox.tool("logs", "a")
            #expect(all.text.hasSuffix("line 499\nline 500\nend") && all.errors == "wrong\n", all.everything)
            #expect(all.lines.count > 100 && all.lines.count < 500)
            let last = try sandbox.tool("logs", "-n", "3", "a")
            #expect(last.text == "line 500\nend" && last.errors == "wrong\n", last.everything)
            #expect(try sandbox.tool("logs", "-f", "--tail=1", "a").text == "end")
            #expect(try sandbox.tool("logs", "--since", "1h", "a").text == all.text)
            #expect(try sandbox.tool("logs", "--until", "1h", "a").text == "")
            let times = try sandbox.ok("logs", "-t", "--tail", "2", "a")
            #expect(times[0].wholeMatch(of: /20..-..-..T..:..:..\.[0-9]{9}Z end/) != nil, "\(times)")
            try sandbox.ok("rm", "a")
        }
        try sandbox.ok("run", "-d", "--name", "quiet", "--log-driver", "none", "busybox", "echo", "x")
        try sandbox.ok("wait", "quiet")
        let none = try sandbox.tool("logs", "quiet")
        #expect(none.status == 125 && none.errors.contains("--log-driver none"), none.everything)
        for words in [["--log-driver", "syslog"], ["--log-opt", "max-size=x"], ["--log-opt", "tag=a"]] {
            let outcome = try sandbox.start(["run", "-d"] + words + ["busybox", "true"]).finish()
            #expect(outcome.status == 125 && outcome.errors.contains(words[0]), outcome.everything)
        }
        for words in [["--tail", "x"], ["--since", "yesterday"], ["--until", ""]] {
            #expect(try sandbox.start(["logs"] + words + ["quiet"]).finish().status == 125)
        }
        try sandbox.ok("rm", "quiet")
        sandbox.expectClean()
    }
}
