import Core
import DriverComparison
import Testing

@testable import KernelLab

@Suite("Reports: read, merged, written as pages and Markdown")
struct ReportTests {
    private static let hostile = #"<b>x</b> & "q" </script><script>alert(1)</script> | `c` *b* \u{1b}[2J"#

    private var hostile: ComparisonReport {
        var kernel = Made.kernel(
            Self.hostile, Made.results(Self.hostile, bare: Made.around(1), ["over|lay<": Made.around(2)]))
        kernel.release = Self.hostile
        kernel.missing = [Self.hostile]
        return Made.report(kernel)
    }

    @Test("What is written is read again; what is none is refused")
    func read() throws {
        let report = Made.report(Made.kernel(Made.results(bare: [1], ["overlay": [2]]), machine: "A"))
        let again = try ComparisonReport(json: Array(report.text().utf8), file: "x")
        #expect(try again.text() == report.text())
        for text in [
            "", "{}", "[]", #"{"schema": "other/1", "kernels": []}"#, #"{"schema": "mydocker-compare/1"}"#,
        ] {
            let error = #expect(throws: InvalidReport.self) {
                try ComparisonReport(json: Array(text.utf8), file: "file.json")
            }
            #expect(error?.problem.hasPrefix("file.json: ") == true)
        }
    }

    @Test("Kernels of one name in two reports are told apart")
    func merge() {
        let merged = ComparisonReport(merging: [
            ("laptop", Made.report(Made.kernel("host", []), Made.kernel("um", []))),
            ("server", Made.report(Made.kernel("host", []))),
        ])
        #expect(merged.kernels.map(\.name) == ["host (laptop)", "um", "host (server)"])
    }

    @Test("Whatever names are, a page stays one page")
    func page() {
        let page = ReportPage(hostile).html
        #expect(
            !page.contains("<b>x</b>") && !page.contains("alert(1)</script>")
                && !page.contains("<script>alert"))
        #expect(page.ranges(of: "</script>").count == 2)
        #expect(!page.contains("http:") && !page.contains("https:") && !page.contains("src="))
    }

    @Test("Whatever names are, a table in Markdown stays one table")
    func markdown() {
        let text = MarkdownTable(hostile).text
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("|") }
        for row in rows {
            let bars = row.indices.filter {
                row[$0] == "|" && ($0 == row.startIndex || row[row.index(before: $0)] != "\\")
            }
            #expect(bars.count == 6, "\(row)")
        }
        #expect(rows.count == 3 && text.contains(#"\<b\>x\</b\>"#) && text.contains("**2.00×**") == false)
    }

    @Test("A machine is named as ssh takes it, and by nothing that a shell or ssh would take for more")
    func machines() throws {
        for good in [
            "ssh://host", "ssh://root@host.example:2222", "ssh://[fe80::1%25eth0]:22", "ssh://u_1@10.0.0.1",
        ] {
            #expect(try RemoteMachine(good).address == good)
        }
        for bad in [
            "ssh://", "ssh://-oProxyCommand=x", "ssh://a@-b", "ssh://host/path", "ssh://$(x)", "ssh://a b",
            "ssh://:22", "ssh://a;b", "ssh://x@",
        ] {
            #expect(throws: LabError.self) { try RemoteMachine(bad) }
        }
    }

    @Test("The first command is one that every login shell leaves alone")
    func command() {
        let script = RemoteScript(architecture: "x86_64", busybox: 10, files: 20, image: 30)
        let command = script.command(script: 40)
        #expect(command.hasPrefix("exec /bin/sh -c '") && command.hasSuffix("'"))
        let inner = command.dropFirst("exec /bin/sh -c '".count).dropLast()
        #expect(!inner.contains("'") && !inner.contains("\n") && !inner.contains("\\"))
        // csh(1) replaces ! in single quotes too, but not before a blank, a = or a parenthesis.
        #expect(!inner.contains { $0 == "!" } || inner.ranges(of: "!").count == inner.ranges(of: "!= ").count)
    }

    @Test("Versions are compared as numbers")
    func versions() {
        let sorted = ["linux-6.12", "linux-6.9", "linux-6.1", "linux-5.10-rc2", "linux-5.10"].sorted {
            VersionText($0) < VersionText($1)
        }
        #expect(sorted == ["linux-5.10", "linux-5.10-rc2", "linux-6.1", "linux-6.9", "linux-6.12"])
    }
}
