internal import Core

extension TemplateRun {
    /// The value of a command.
    ///
    /// - Parameter last: its last argument, if a pipeline passes one on.
    /// - Throws: ``TemplateError``.
    mutating func value(
        of command: TemplateCommand, _ dot: JSONValue, last: JSONValue?
    ) throws(TemplateError) -> JSONValue {
        let first = command.words[0]
        guard case .function(let name) = first.kind else {
            if command.words.count > 1 { return try label(command, dot) }
            return try value(of: first, dot)
        }
        if name == "and" || name == "or" {
            return try shortened(command, dot, last: last, until: name == "or")
        }
        var arguments: [JSONValue] = []
        for word in command.words.dropFirst() { arguments.append(try value(of: word, dot)) }
        if let last { arguments.append(last) }
        // A heading stays as it is, whatever is done to what is below it.
        if headings != nil, TemplateFunction.docker.contains(name), let heading = arguments.first {
            return heading
        }
        do throws(TemplateFunction.Problem) { return try TemplateFunction.call(name, arguments) } catch {
            throw TemplateError(
                place: first.place, subject: command.words.map(\.text).joined(separator: " "),
                reason: "error calling \(name): \(error.reason)")
        }
    }

    /// `and` and `or`: the first value that decides, or the last one.
    private mutating func shortened(
        _ command: TemplateCommand, _ dot: JSONValue, last: JSONValue?, until decisive: Bool
    ) throws(TemplateError) -> JSONValue {
        var result: JSONValue?
        for word in command.words.dropFirst() {
            let value = try value(of: word, dot)
            if value.isTrue == decisive { return value }
            result = value
        }
        guard let result = last ?? result else {
            throw TemplateError(
                place: command.words[0].place, subject: command.words[0].text,
                reason: "wrong number of arguments: want at least 1, got 0")
        }
        return result
    }

    /// `.Label "name"`: the only function that is written like a field.
    private mutating func label(_ command: TemplateCommand, _ dot: JSONValue) throws(TemplateError)
        -> JSONValue
    {
        let first = command.words[0]
        if case .field(["Label"]) = first.kind, command.words.count == 2,
            case .string(let name) = try value(of: command.words[1], dot)
        {
            return .string(headings == nil ? labels[name] ?? "" : name.uppercased())
        }
        throw TemplateError(
            place: first.place, subject: first.text, reason: "it has arguments, but is no function")
    }

    private mutating func value(of word: TemplateOperand, _ dot: JSONValue) throws(TemplateError) -> JSONValue
    {
        switch word.kind {
        case .dot: return dot
        case .field(let names): return try member(of: dot, names, word)
        case .variable(let name, let names): return try member(of: variable(name), names, word)
        case .group(let pipeline, let names): return try member(of: value(of: pipeline, dot), names, word)
        case .constant(let value): return value
        case .function:
            // Without arguments, as an argument.
            return try value(of: TemplateCommand(words: [word]), dot, last: nil)
        }
    }

    private func member(
        of value: JSONValue, _ names: [String], _ word: TemplateOperand
    ) throws(TemplateError) -> JSONValue {
        var value = value
        for name in names {
            if let headings {
                value = .string(headings[name] ?? TemplateTable.heading(name))
                continue
            }
            guard case .object(let members) = value else {
                throw TemplateError(
                    place: word.place, subject: word.text,
                    reason: value == .null
                        ? "nil pointer evaluating \(name)"
                        : "can't evaluate field \(name) in type \(value.typeName)")
            }
            guard let member = members[name] ?? Self.usual[name] else {
                let known = members.keys.sorted().joined(separator: ", ")
                throw TemplateError(
                    place: word.place, subject: word.text, reason: "can't evaluate field \(name)",
                    remedy: members.isEmpty ? nil : "there are: \(known)")
            }
            value = member
        }
        return value
    }

    /// What docker's objects always have, and ours leave out where there is nothing.
    private static let usual: [String: JSONValue] = [
        "ExitCode": .null, "Pid": .integer(0), "Cmd": .array([]), "Entrypoint": .array([]), "Env": .array([]),
        "ExposedPorts": .object([:]),
        "Healthcheck": .null, "Labels": .object([:]), "OnBuild": .array([]), "Shell": .array([]),
        "StopSignal": .string(""), "User": .string(""), "Volumes": .object([:]), "WorkingDir": .string(""),
    ]
}
