internal import Core

/// A word of a template.
struct TemplateToken: Equatable {
    enum Kind: Equatable {
        /// What stands outside of the braces.
        case text(String)
        /// `{{` and `}}`.
        case open, close
        /// `.Name`.
        case field(String)
        /// `$name`, or `$`.
        case variable(String)
        /// A function or a word such as `range`.
        case name(String)
        /// A number, a character or a quoted text.
        case constant(JSONValue)
        /// One of `. | ( ) , = :=`.
        case sign(String)
        /// There is no more.
        case end
    }

    let kind: Kind
    let place: TemplatePlace
    /// True if there is space before it.
    let isApart: Bool
    /// As it is written.
    let text: String
}
