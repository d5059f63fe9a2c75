internal import Core

/// A text with `{{…}}` in it, which is filled with the members of a value: Go's text/template, as docker's and podman's
/// `--format` have it.
struct Template: Equatable {
    private let text: String
    /// The parts.
    private let nodes: [TemplateNode]

    /// Reads a template.
    ///
    /// - Parameter escapes: true if `\t` and `\n` in it stand for what they do in Go, as docker's lists have it.
    /// - Throws: ``TemplateError``.
    init(_ text: String, escapes: Bool = false) throws(TemplateError) {
        self.text = text
        nodes = try TemplateParser.nodes(of: TemplateLexer.tokens(of: text, escapes: escapes))
    }

    static func == (one: Template, other: Template) -> Bool { one.text == other.text }

    /// The text filled with a value.
    ///
    /// - Parameters:
    ///   - labels: what `.Label` knows.
    ///   - isForTerminal: true if values get no characters through that drive a terminal.
    /// - Throws: ``TemplateError``.
    func filled(
        with value: JSONValue, labels: [String: String] = [:], isForTerminal: Bool = false
    ) throws(TemplateError) -> String {
        var run = TemplateRun(value, labels: labels, isForTerminal: isForTerminal)
        try run.fill(nodes)
        return run.output
    }

    /// The text with the headings of the fields in it, as far as that is possible.
    ///
    /// - Parameter headings: of the fields whose headings are not their names.
    func heading(_ headings: [String: String]) -> String {
        var run = TemplateRun(.object([:]), isForTerminal: false, headings: headings)
        return (try? run.fill(nodes)) == nil ? "" : run.output
    }
}
