internal import Core

/// Makes the parts of a template of its words.
struct TemplateParser {
    private let tokens: [TemplateToken]
    private var next = 0
    private var depth = 0
    /// The variables that are known here, the latest last.
    private var variables = [""]

    /// Deeper than anybody writes.
    private static let deepest = 100

    /// How a list of parts ends.
    private enum Ending {
        case end, otherwise, nothing
    }

    /// The parts of a template.
    ///
    /// - Throws: ``TemplateError``.
    static func nodes(of tokens: [TemplateToken]) throws(TemplateError) -> [TemplateNode] {
        var parser = TemplateParser(tokens: tokens)
        let (nodes, ending) = try parser.list(inLoop: false)
        // Behind an end its braces have been read, too.
        guard ending == .nothing else {
            throw parser.failure("without a beginning", at: parser.next - (ending == .end ? 2 : 1))
        }
        return nodes
    }

    private init(tokens: [TemplateToken]) {
        self.tokens = tokens
    }

    private var token: TemplateToken { tokens[min(next, tokens.count - 1)] }

    private func failure(_ reason: String, at index: Int? = nil) -> TemplateError {
        let token = tokens[max(0, min(index ?? next, tokens.count - 1))]
        return TemplateError(place: token.place, subject: token.text, reason: reason)
    }

    private mutating func take(_ kind: TemplateToken.Kind) -> Bool {
        guard token.kind == kind else { return false }
        next += 1
        return true
    }

    private mutating func close() throws(TemplateError) {
        guard take(.close) else { throw failure("not expected here") }
    }

    private mutating func list(inLoop: Bool) throws(TemplateError) -> ([TemplateNode], Ending) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw failure("nested too deeply") }
        var nodes: [TemplateNode] = []
        while true {
            switch token.kind {
            case .text(let text):
                next += 1
                nodes.append(.text(text))
            case .open:
                next += 1
                guard case .name(let name) = token.kind else {
                    nodes.append(.action(try action()))
                    continue
                }
                switch name {
                case "end":
                    next += 1
                    try close()
                    return (nodes, .end)
                case "else":
                    next += 1
                    return (nodes, .otherwise)
                case "if", "with", "range":
                    next += 1
                    nodes.append(try block(name, inLoop: inLoop))
                case "break", "continue":
                    guard inLoop else { throw failure("outside of a range") }
                    next += 1
                    try close()
                    nodes.append(name == "break" ? .breakLoop : .continueLoop)
                case "define", "template", "block": throw failure("templates in templates are not understood")
                default: nodes.append(.action(try action()))
                }
            default: return (nodes, .nothing)
            }
        }
    }

    private mutating func action() throws(TemplateError) -> TemplatePipeline {
        let pipeline = try self.pipeline(in: nil)
        try close()
        return pipeline
    }

    /// What follows `if`, `with` or `range`, up to its end.
    private mutating func block(_ name: String, inLoop: Bool) throws(TemplateError) -> TemplateNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw failure("nested too deeply") }
        let known = variables.count
        defer { variables.removeLast(variables.count - known) }
        let beginning = next - 1
        let pipeline = try self.pipeline(in: name)
        try close()
        let inner = variables.count
        let (nodes, ending) = try list(inLoop: inLoop || name == "range")
        variables.removeLast(variables.count - inner)
        var otherwise: [TemplateNode] = []
        if ending == .otherwise {
            if case .name(let word) = token.kind, word == "if" || word == "with", word == name {
                next += 1
                // It ends with the same end.
                otherwise = [try block(word, inLoop: inLoop)]
            } else {
                try close()
                let (rest, end) = try list(inLoop: inLoop)
                guard end == .end else { throw failure("without an end", at: beginning) }
                otherwise = rest
            }
        } else if ending == .nothing {
            throw failure("without an end", at: beginning)
        }
        return switch name {
        case "if": .choice(pipeline, nodes, otherwise: otherwise)
        case "with": .with(pipeline, nodes, otherwise: otherwise)
        default: .range(pipeline, nodes, otherwise: otherwise)
        }
    }

    /// Variables, if any, and commands.
    private mutating func pipeline(in block: String?) throws(TemplateError) -> TemplatePipeline {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw failure("nested too deeply") }
        var pipeline = TemplatePipeline()
        if case .variable(let first) = token.kind, !first.isEmpty, next + 1 < tokens.count {
            var index = next + 1
            var names = [first]
            if block == "range", tokens[index].kind == .sign(","), index + 2 < tokens.count,
                case .variable(let second) = tokens[index + 1].kind
            {
                names.append(second)
                index += 2
            }
            if tokens[index].kind == .sign(":=") || tokens[index].kind == .sign("=") {
                pipeline.variables = names
                pipeline.declares = tokens[index].kind == .sign(":=")
                if !pipeline.declares, let unknown = names.first(where: { !variables.contains($0) }) {
                    throw failure("there is no variable $\(unknown)")
                }
                next = index + 1
            }
        }
        repeat { pipeline.commands.append(try command()) } while take(.sign("|"))
        for command in pipeline.commands.dropFirst() {
            guard case .function = command.words[0].kind else {
                throw TemplateError(
                    place: command.words[0].place, subject: command.words[0].text,
                    reason: "what follows a | has to be a function")
            }
        }
        if pipeline.declares { variables += pipeline.variables }
        return pipeline
    }

    private mutating func command() throws(TemplateError) -> TemplateCommand {
        var command = TemplateCommand()
        while let operand = try operand() {
            if !command.words.isEmpty, !operand.isApart {
                throw failure("there has to be a space", at: next - 1)
            }
            command.words.append(operand.value)
        }
        guard !command.words.isEmpty else { throw failure("there is no value") }
        return command
    }

    /// One word; nil if there is none.
    private mutating func operand() throws(TemplateError) -> (value: TemplateOperand, isApart: Bool)? {
        let start = next
        let kind: TemplateOperand.Kind
        switch token.kind {
        case .sign("."):
            next += 1
            kind = .dot
        case .field(let name):
            next += 1
            kind = .field([name] + fields())
        case .variable(let name):
            guard variables.contains(name) else { throw failure("there is no variable \(token.text)") }
            next += 1
            kind = .variable(name, fields())
        case .constant(let constant):
            next += 1
            kind = .constant(constant)
        case .name(let name):
            next += 1
            switch name {
            case "true", "false": kind = .constant(.bool(name == "true"))
            case "nil": kind = .constant(.null)
            default:
                guard TemplateFunction.names.contains(name) else {
                    throw failure("there is no function \"\(name)\"", at: start)
                }
                kind = .function(name)
            }
        case .sign("("):
            next += 1
            let inner = try pipeline(in: nil)
            guard take(.sign(")")) else { throw failure("there has to be a )") }
            kind = .group(inner, fields())
        default: return nil
        }
        let text = tokens[start..<next].map {
            ($0.isApart && $0.place != tokens[start].place ? " " : "") + $0.text
        }
        .joined()
        return (TemplateOperand(kind: kind, place: tokens[start].place, text: text), tokens[start].isApart)
    }

    /// The names of fields that stand right behind a word.
    private mutating func fields() -> [String] {
        var names: [String] = []
        while case .field(let name) = token.kind, !token.isApart {
            names.append(name)
            next += 1
        }
        return names
    }
}
