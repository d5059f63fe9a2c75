import Testing

@Suite("storage bench")
struct StorageBenchTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox(withImage: false, on: .disk)
    }

    @Test("Every workload is measured on the bare file system and on every driver, and leaves nothing")
    func table() throws {
        let names = ["start", "mount-16", "disk", "page-cache", "walk", "copy-up-4k", "diff-100"]
        let words = names.flatMap { ["--workload", $0] }
        let outcome = try sandbox.start(
            ["storage", "bench", "--size", "small", "--repetitions", "1"] + words
        ).finish()
        #expect(outcome.status == 0, outcome.everything)
        for name in names {
            let line = outcome.lines.first { $0.hasPrefix("\(name) ") } ?? ""
            let cells = line.split(separator: " ", omittingEmptySubsequences: true)
            #expect(
                cells.count > 2 && !cells.dropFirst(2).prefix(Driver.usable.count).contains("-"), "\(line)")
        }
        sandbox.expectClean()
    }

    @Test("JSON holds every sample; a bind root shares no pages and costs the whole tree, a union's does not")
    func json() throws {
        let words = [
            "storage", "bench", "--size", "small", "--json", "--workload", "disk", "--workload", "page-cache",
        ]
        let outcome = try sandbox.start(words).finish()
        #expect(outcome.status == 0 && outcome.text.contains(#""values""#), outcome.everything)
        let script = """
            import json, sys
            results = {(r["workload"], r["target"]): r["samples"]["values"][0] for r in json.load(sys.stdin)}
            if ("disk", "bind") in results:
                assert results["disk", "bind"] > 4000000 and results["page-cache", "bind"] == 0, results
            if ("disk", "overlay") in results:
                assert results["disk", "overlay"] < 100000 and results["page-cache", "overlay"] == 1, results
            """
        let python = try Program(["python3", "-c", script], .init(input: .pipe))
        python.send(outcome.text)
        let judged = python.finish()
        #expect(judged.status == 0, judged.everything)
    }

    @Test(
        "What is none is said",
        arguments: [["--workload", "nosuch"], ["--driver", "nosuch"], ["--repetitions", "0"]])
    func wrong(words: [String]) throws {
        let outcome = try sandbox.start(["storage", "bench"] + words).finish()
        #expect(outcome.status == 125 && outcome.errors.contains(words[0].dropFirst(2)), outcome.everything)
        sandbox.expectClean()
    }
}
