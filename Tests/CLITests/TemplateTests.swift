import Core
import Testing

@testable import CLI

@Suite("Templates")
struct TemplateTests {
    private static let box = """
        {"Name":"/web","State":{"Status":"running","Pid":4711,"Load":0.25,"Paused":false},
        "Args":["-c","echo \\"a\\""],"Labels":{"b":"2","com.example/a":"1"},
        "Ports":{"80/tcp":[{"HostPort":"8080"},{"HostPort":"8081"}]},"Empty":[]}
        """

    private func fill(_ text: String, escapes: Bool = false) throws -> String {
        try Template(text, escapes: escapes).filled(
            with: JSONValue(parsing: Array(Self.box.utf8)), labels: ["com.example/a": "1"])
    }

    private static let cases: [(String, String)] = [
        ("plain", "plain"), ("{{.Name}}", "/web"), ("<{{.State.Status}}>", "<running>"),
        ("{{ .State.Pid }}", "4711"),
        ("{{.State.Load}} {{.State.Paused}}", "0.25 false"), ("{{.Args}}", "[-c echo \"a\"]"),
        ("{{.Labels}}", "map[b:2 com.example/a:1]"), ("{{json .Args}}", #"["-c","echo \"a\""]"#),
        ("{{json .Labels}}", #"{"b":"2","com.example/a":"1"}"#), ("{{.Name | json}}", "\"/web\""),
        ("{{json .State}}", #"{"Load":0.25,"Paused":false,"Pid":4711,"Status":"running"}"#),
        ("{{index .Labels \"com.example/a\"}}", "1"), ("{{index .Labels \"c\"}}", ""),
        ("{{index .Args 1}}", "echo \"a\""),
        ("{{(index (index .Ports \"80/tcp\") 0).HostPort}}", "8080"),
        ("{{index .Ports \"81/tcp\"}}", "<no value>"),
        ("{{with index .Ports \"80/tcp\"}}{{(index . 1).HostPort}}{{end}}", "8081"),
        ("{{range .Args}}[{{.}}]{{end}}", "[-c][echo \"a\"]"),
        ("{{range $i, $v := .Args}}{{$i}}={{$v}};{{end}}", "0=-c;1=echo \"a\";"),
        ("{{range $k, $v := .Labels}}{{$k}}={{$v}} {{end}}", "b=2 com.example/a=1 "),
        ("{{range $p, $c := .Ports}}{{$p}} -> {{(index $c 0).HostPort}}{{end}}", "80/tcp -> 8080"),
        ("{{range .Empty}}x{{else}}none{{end}}", "none"),
        ("{{range $v := .Args}}{{if eq $v \"-c\"}}{{continue}}{{end}}{{$v}}{{end}}", "echo \"a\""),
        ("{{range .Args}}{{.}}{{break}}{{end}}", "-c"),
        ("{{if .State.Paused}}a{{else if eq .State.Status \"running\"}}b{{else}}c{{end}}", "b"),
        ("{{if and .Name .Empty}}a{{else}}b{{end}}", "b"), ("{{or .Empty .Name}}", "/web"),
        ("{{not .Empty}}", "true"),
        ("{{or 0 \"\" 7}}", "7"), ("{{and 1 0 .Missing}}", "0"),
        ("{{with .Empty}}a{{else}}b{{end}}", "b"), ("{{with .State}}{{.Pid}} {{$.Name}}{{end}}", "4711 /web"),
        ("{{with $x := .State}}{{$x.Pid}}{{end}}", "4711"),
        ("{{$a := 1}}{{$a = 2}}{{if true}}{{$a = 3}}{{end}}{{$a}}", "3"),
        ("{{$a := 1}}{{if true}}{{$a := 2}}{{end}}{{$a}}", "1"),
        ("{{len .Args}} {{len .Labels}} {{len .Name}}", "2 2 4"), ("{{join .Args \",\"}}", "-c,echo \"a\""),
        ("{{split \"a,b,c\" \",\"}}", "[a b c]"), ("{{index (split .Name \"/\") 1}}", "web"),
        ("{{upper .Name}} {{lower \"AB\"}}", "/WEB ab"),
        ("{{title \"two words, it's\"}}", "Two Words, It'S"), ("{{truncate .Name 2}}", "/w"),
        ("{{truncate .Name 20}}", "/web"),
        ("{{pad .Name 1 2}}|", " /web  |"), ("{{pad \"\" 1 2}}|", "|"), ("{{println .Name 1}}", "/web 1\n"),
        ("{{print 1 2 \"a\" \"b\" 3 4}}", "1 2ab3 4"),
        ("{{printf \"%s is %d\" .Name .State.Pid}}", "/web is 4711"),
        (
            "{{printf \"%-6s|%6s|%06d|%x|%q|%v|%5.2f%%\" .Name .Name 42 255 \"a\\\"\" .Args 3.14159}}",
            "/web  |  /web|000042|ff|\"a\\\"\"|[-c echo \"a\"]| 3.14%"
        ),
        ("{{printf \"%d %s\" \"a\"}}", "%!d(string=a) %!s(MISSING)"),
        ("{{printf \"%d\" 1 2}}", "1%!(EXTRA int=2)"),
        ("{{.Name | printf \"%s-%s\" \"a\"}}", "a-/web"),
        ("{{printf \"%t %c %T\" true 'x' 1}}", "true x int"),
        (
            "{{eq 1 1}} {{eq 1 2 1}} {{ne \"a\" \"b\"}} {{lt 1 2}} {{le 2 2}} {{gt \"b\" \"a\"}} {{ge 1 2}}",
            "true true true true true true false"
        ),
        ("a {{- 1 -}} b", "a1b"), ("a {{-1}} b", "a -1 b"), ("a\n{{- /* no */ -}}\n b", "ab"),
        ("{{/* a */}}b", "b"),
        ("{{\"quoted\\n\\t\\u00e9\\x41\"}}{{`raw\\n`}}", "quoted\n\té" + "Araw\\n"),
        ("{{'a'}} {{0x10}} {{-5}} {{1e3}} {{.5}}", "97 16 -5 1000 0.5"),
        ("{{1 | print 2}}", "2 1"), ("{{(print 1) | len}}", "1"), ("{{nil}}", "<no value>"),
        ("{{true}}", "true"),
        ("{{slice .Name 1}} {{slice .Args 1 2}}", "web [echo \"a\"]"), ("}} {", "}} {"), ("", ""),
        ("{{.User}}|{{json .Env}}", "|[]"), ("{{.Label \"com.example/a\"}}{{.Label \"c\"}}", "1"),
        ("{{if eq .State.Pid 4711.0}}same{{end}}", "same"),
        (
            "{{1e21}} {{1e-7}} {{123456789.5}} {{-1.5e300}} {{123456.5}} {{1e20}} {{1234567.5}}",
            "1e+21 1e-07 1.234567895e+08 -1.5e+300 123456.5 1e+20 1.2345675e+06"
        ),
        ("{{0.0001}} {{0.00001}}", "0.0001 1e-05"), ("{{println}}", "\n"), ("{{\"ä\" | upper}}", "Ä"),
    ]

    @Test("are filled as Go's text/template does it, with docker's functions", arguments: cases)
    func filled(text: String, result: String) throws {
        #expect(try fill(text) == result)
    }

    @Test("Backslashes outside of the braces mean something in lists alone")
    func escapes() throws {
        #expect(try fill("{{.Name}}\\t{{\"a\\tb\"}}\\n", escapes: true) == "/web\ta\tb\n")
        #expect(try fill("{{.Name}}\\t{{\"a\\tb\"}}\\n") == "/web\\ta\tb\\n")
    }

    private static let mistakes: [(String, Int, Int, String, String)] = [
        ("{{.Nam}}", 1, 3, ".Nam", "can't evaluate field Nam"),
        ("ab\n {{.State.Pod}}", 2, 4, ".State.Pod", "can't evaluate field Pod"),
        ("{{.Name.First}}", 1, 3, ".Name.First", "can't evaluate field First in type string"),
        ("{{", 1, 1, "{{", "an action without an end: there is no }}"),
        ("{{.Name", 1, 1, "{{.Name", "an action without an end: there is no }}"),
        ("{{frob .Name}}", 1, 3, "frob", "there is no function \"frob\""),
        ("{{$x}}", 1, 3, "$x", "there is no variable $x"),
        ("{{if .Name}}x", 1, 3, "if", "without an end"), ("x{{end}}", 1, 4, "end", "without a beginning"),
        ("{{else}}", 1, 3, "else", "without a beginning"), ("{{}}", 1, 3, "}}", "there is no value"),
        ("{{.Name | }}", 1, 11, "}}", "there is no value"),
        ("{{.Name | .State}}", 1, 11, ".State", "what follows a | has to be a function"),
        ("{{\"abc}}", 1, 3, "\"abc}}", "a quoted text without an end"),
        ("{{break}}", 1, 3, "break", "outside of a range"),
        ("{{len 1}}", 1, 3, "len 1", "error calling len: len of type int"),
        ("{{index .Args 7}}", 1, 3, "index .Args 7", "error calling index: index out of range: 7"),
        (
            "{{upper .State}}", 1, 3, "upper .State",
            "error calling upper: expected string, got map[string]interface {}"
        ),
        (
            "{{join .Args}}", 1, 3, "join .Args",
            "error calling join: wrong number of arguments for join: want 2, got 1"
        ),
        ("{{range .Name}}{{end}}", 1, 9, ".Name", "range can't iterate over /web"),
        ("{{.Name 1}}", 1, 3, ".Name", "it has arguments, but is no function"),
        ("{{lt 1 \"a\"}}", 1, 3, "lt 1 \"a\"", "error calling lt: incompatible types for comparison"),
        ("{{template \"x\"}}", 1, 3, "template", "templates in templates are not understood"),
        ("{{.A}B}}", 1, 5, "}B}}", "a character that means nothing here"),
        ("{{/* x }}", 1, 1, "{{/* x }}", "a comment without an end"),
        ("{{(.Name}}", 1, 9, "}}", "there has to be a )"),
        ("{{.Name) }}", 1, 8, ")", "not expected here"),
        (
            "{{pad .Name 1 1000000}}", 1, 3, "pad .Name 1 1000000",
            "error calling pad: expected a number from 0 to 100000, got 1000000"
        ),
    ]

    @Test("What is wrong is said with its place", arguments: mistakes)
    func refused(text: String, line: Int, column: Int, subject: String, reason: String) {
        do {
            let result = try fill(text)
            Issue.record("\(text) gives \(result)")
        } catch let error as TemplateError {
            #expect(error.place == TemplatePlace(line: line, column: column))
            #expect(error.subject == subject)
            #expect(error.reason == reason)
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test("Nothing that anybody writes ends the program, and nothing goes on for ever")
    func bounded() throws {
        let braces = String(repeating: "{{if 1}}", count: 100_000)
        #expect(throws: TemplateError.self) { try fill(braces) }
        #expect(throws: TemplateError.self) { try fill("{{" + String(repeating: "(", count: 100_000) + "}}") }
        let many = JSONValue.array([JSONValue](repeating: .integer(1), count: 2000))
        #expect(throws: TemplateError.self) {
            try Template("{{range $x := .}}{{range $y := $}}{{end}}{{end}}").filled(with: many)
        }
        #expect(throws: TemplateError.self) {
            try Template("{{range .}}{{pad \"x\" 0 100000}}{{end}}").filled(with: many)
        }
        // Every beginning of a template, and every one with a character less.
        let text = Array(
            "a {{- range $i, $v := .Args -}} {{if eq $i 0x1}}{{printf \"%5.1f\\n\" 'x'}}{{else}}{{(index $.Labels `b`).c | json}}{{end}}{{end}}"
        )
        for index in text.indices {
            _ = try? fill(String(text[..<index]))
            _ = try? fill(String(text[..<index] + text[(index + 1)...]))
        }
    }

    @Test("A terminal gets nothing from values that drives it, but from the template it does")
    func terminal() throws {
        let value = JSONValue.object(["Name": .string("a\u{1b}[2J\tb\nc")])
        #expect(
            try Template("\u{1b}[1m{{.Name}}").filled(with: value, isForTerminal: true)
                == "\u{1b}[1ma\\u{1B}[2J\tb\nc")
        #expect(try Template("{{.Name}}").filled(with: value) == "a\u{1b}[2J\tb\nc")
    }

    @Test(
        "Headings are those of the fields, whatever is done to them",
        arguments: [
            ("{{.ID}}\\t{{.CreatedAt}}\\t{{.RunningFor}}", "CONTAINER ID\tCREATED AT\tCREATED"),
            ("{{json .Names}} {{upper .Image}} {{truncate .ID 3}}", "NAMES IMAGE CONTAINER ID"),
            ("{{range .Mounts}}{{.Name}}{{end}}", "NAME"),
            ("{{if eq .State \"running\"}}{{.ID}}{{else}}{{.Names}}{{end}}", "NAMES"),
            ("{{.Label \"a\"}}", "A"), ("{{printf \"%.3s\" .Image}}", "IMA"), ("{{index .Names 1000}}", ""),
            ("{{.CPUPerc}} {{.ID}}", "CPU PERC CONTAINER ID"),
        ])
    func headings(text: String, head: String) throws {
        let headings = ["ID": "CONTAINER ID", "RunningFor": "CREATED"]
        #expect(try Template(text, escapes: true).heading(headings) == head)
    }

    @Test("Columns are as wide as they have to be")
    func columns() {
        #expect(
            TemplateTable.lines(["ID\tNAME\tSIZE", "1\ta long name, it is\t7", "22\tb\t"]) == [
                "ID        NAME                 SIZE", "1         a long name, it is   7", "22        b",
            ])
    }
}
