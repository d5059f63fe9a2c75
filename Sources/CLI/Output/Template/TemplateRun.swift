internal import Core

/// Fills a template with one value.
struct TemplateRun {
    /// What `$` is.
    let root: JSONValue
    /// The labels of what is printed, for `.Label`.
    let labels: [String: String]
    /// True if values are printed to a terminal, which gets no characters from them that drive it.
    let isForTerminal: Bool
    /// The headings of fields, to print these in their places; nil to print what the fields hold.
    let headings: [String: String]?

    private(set) var output = ""
    private var variables: [(name: String, value: JSONValue)]
    private var steps = 0

    /// More than anybody means.
    private static let mostSteps = 1_000_000
    private static let longestOutput = 16 << 20

    /// What follows a part of a template.
    private enum Flow {
        case next, breakLoop, continueLoop
    }

    init(
        _ root: JSONValue, labels: [String: String] = [:], isForTerminal: Bool,
        headings: [String: String]? = nil
    ) {
        self.headings = headings
        self.root = root
        self.labels = labels
        self.isForTerminal = isForTerminal
        variables = [("", root)]
    }

    /// Prints the parts of a template.
    ///
    /// - Throws: ``TemplateError``.
    mutating func fill(_ nodes: [TemplateNode]) throws(TemplateError) { _ = try walk(nodes, root) }

    private mutating func walk(_ nodes: [TemplateNode], _ dot: JSONValue) throws(TemplateError) -> Flow {
        for node in nodes {
            let flow = try walk(node, dot)
            if flow != .next { return flow }
        }
        return .next
    }

    private mutating func walk(_ node: TemplateNode, _ dot: JSONValue) throws(TemplateError) -> Flow {
        switch node {
        case .text(let text): output += text
        case .action(let pipeline):
            let value = try value(of: pipeline, dot)
            if pipeline.variables.isEmpty {
                let text = value == .null ? "<no value>" : value.plainText
                output += isForTerminal ? text.printableLines : text
                try spend(1, on: pipeline)
            }
        case .choice(let pipeline, let nodes, let otherwise):
            return try inScope { run throws(TemplateError) in
                let isTrue = try run.value(of: pipeline, dot).isTrue
                return try run.walk(isTrue ? nodes : otherwise, dot)
            }
        case .with(let pipeline, let nodes, let otherwise):
            return try inScope { run throws(TemplateError) in
                let value = try run.value(of: pipeline, dot)
                return try value.isTrue ? run.walk(nodes, value) : run.walk(otherwise, dot)
            }
        case .range(let pipeline, let nodes, let otherwise):
            return try inScope { run throws(TemplateError) in
                try run.loop(pipeline, nodes, otherwise: otherwise, dot)
            }
        case .breakLoop: return .breakLoop
        case .continueLoop: return .continueLoop
        }
        return .next
    }

    /// What is declared in `body` is unknown after it.
    private mutating func inScope(
        _ body: (inout TemplateRun) throws(TemplateError) -> Flow
    ) throws(TemplateError) -> Flow {
        let known = variables.count
        defer { variables.removeLast(variables.count - known) }
        return try body(&self)
    }

    private mutating func loop(
        _ pipeline: TemplatePipeline, _ nodes: [TemplateNode], otherwise: [TemplateNode], _ dot: JSONValue
    ) throws(TemplateError) -> Flow {
        let elements: [(JSONValue, JSONValue)]
        // The variables get each element, not the whole.
        switch try value(of: pipeline, dot, setting: false) {
        case .array(let array): elements = array.enumerated().map { (.integer(Int64($0)), $1) }
        case .object(let members):
            elements = members.sorted { $0.key < $1.key }.map { (.string($0.key), $0.value) }
        case .null: elements = []
        case let heading where headings != nil: elements = [(.integer(0), heading)]
        case let value: throw failure(pipeline, "range can't iterate over \(value.plainText)")
        }
        if elements.isEmpty { return try walk(otherwise, dot) }
        for (key, element) in elements {
            try spend(1, on: pipeline)
            let flow = try inScope { run throws(TemplateError) in
                let names = pipeline.variables
                if names.count == 2 { run.set(names[0], key, declaring: pipeline.declares) }
                if let last = names.last { run.set(last, element, declaring: pipeline.declares) }
                return try run.walk(nodes, element)
            }
            if flow == .breakLoop { break }
        }
        return .next
    }

    private mutating func set(_ name: String, _ value: JSONValue, declaring: Bool) {
        if !declaring, let index = variables.lastIndex(where: { $0.name == name }) {
            variables[index].value = value
        } else {
            variables.append((name, value))
        }
    }

    private mutating func spend(_ count: Int, on pipeline: TemplatePipeline) throws(TemplateError) {
        steps += count
        guard steps <= Self.mostSteps, output.utf8.count <= Self.longestOutput else {
            throw failure(pipeline, "too much is printed")
        }
    }

    private func failure(_ pipeline: TemplatePipeline, _ reason: String) -> TemplateError {
        let word = pipeline.commands[0].words[0]
        return TemplateError(place: word.place, subject: word.text, reason: reason)
    }

    /// The value of a pipeline, which its variables get too.
    mutating func value(
        of pipeline: TemplatePipeline, _ dot: JSONValue, setting: Bool = true
    ) throws(TemplateError) -> JSONValue {
        var value: JSONValue?
        for command in pipeline.commands { value = try self.value(of: command, dot, last: value) }
        let result = value ?? .null
        if setting, let name = pipeline.variables.first { set(name, result, declaring: pipeline.declares) }
        return result
    }

    /// The value of a variable.
    func variable(_ name: String) -> JSONValue { variables.last { $0.name == name }?.value ?? .null }
}
