internal import Core

/// What is wrong with a template, or with what it is to be filled with.
struct TemplateError: Explained, Equatable {
    /// Where in the template: "1:7", the line and the column.
    let place: TemplatePlace
    /// What stands there.
    let subject: String
    /// What is wrong with it.
    let reason: String
    /// What can be done about it.
    var remedy: String?

    var explanation: Explanation {
        Explanation("template: \(place.line):\(place.column): at <\(subject)>: \(reason)", remedy: remedy)
    }
}

/// A place in a template; both numbers count from one.
struct TemplatePlace: Equatable {
    var line = 1
    var column = 1
}
