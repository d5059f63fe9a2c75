internal import Core

/// A part of a template.
indirect enum TemplateNode {
    /// What is printed as it is.
    case text(String)
    /// `{{…}}`: printed, unless it gives a variable its value.
    case action(TemplatePipeline)
    /// `{{if …}}…{{else}}…{{end}}`.
    case choice(TemplatePipeline, [TemplateNode], otherwise: [TemplateNode])
    /// `{{with …}}…{{else}}…{{end}}`.
    case with(TemplatePipeline, [TemplateNode], otherwise: [TemplateNode])
    /// `{{range …}}…{{else}}…{{end}}`.
    case range(TemplatePipeline, [TemplateNode], otherwise: [TemplateNode])
    /// `{{break}}`.
    case breakLoop
    /// `{{continue}}`.
    case continueLoop
}

/// Commands, each of which gets the value of the one before it as its last argument.
struct TemplatePipeline {
    /// The variables that get the value.
    var variables: [String] = []
    /// True if they get their first value (`:=`), not another (`=`).
    var declares = false
    var commands: [TemplateCommand] = []
}

/// A function or a value, and its arguments.
struct TemplateCommand {
    var words: [TemplateOperand] = []
}

/// A word in a command.
struct TemplateOperand {
    indirect enum Kind {
        /// `.`
        case dot
        /// `.A.B`
        case field([String])
        /// `$x.A.B`
        case variable(String, [String])
        /// `(…).A.B`
        case group(TemplatePipeline, [String])
        /// A constant, or nil.
        case constant(JSONValue)
        /// A function.
        case function(String)
    }

    let kind: Kind
    let place: TemplatePlace
    /// As it is written.
    let text: String
}
