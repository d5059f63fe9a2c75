/// An option of the commands that make a container: its names, and what it says.
///
/// What it means is declared at ``ContainerOptions``, for help and completion. A test compares the two.
struct RunOption: Sendable {
    /// A letter with its dash: "-t"; empty if there is none.
    let short: String
    let long: String
    /// An older name; empty if there is none.
    let alias: String
    let effect: Effect

    enum Effect: Sendable {
        case flag(@Sendable (inout RunOptions, Bool) -> Void)
        case value(@Sendable (inout RunOptions, String) -> Void)
        /// False if it is none of the values that there are.
        case choice(@Sendable (inout RunOptions, String) -> Bool)
    }

    private init(_ long: String, _ short: String, _ alias: String, _ effect: Effect) {
        self.short = short
        self.long = long
        self.alias = alias
        self.effect = effect
    }

    static func flag(
        _ long: String, _ short: String = "", _ effect: @escaping @Sendable (inout RunOptions, Bool) -> Void
    ) -> Self {
        Self(long, short, "", .flag(effect))
    }

    /// An option with a value; of several, the effect decides.
    static func value(
        _ long: String, _ short: String = "", alias: String = "",
        _ effect: @escaping @Sendable (inout RunOptions, String) -> Void
    ) -> Self {
        Self(long, short, alias, .value(effect))
    }

    /// A limit, by the name of its option.
    static func limit(_ long: String, _ short: String = "", alias: String = "") -> Self {
        value(long, short, alias: alias) { $0.limits.append(LimitWord(long, $1)) }
    }

    static func choice(
        _ long: String, _ effect: @escaping @Sendable (inout RunOptions, String) -> Bool
    ) -> Self {
        Self(long, "", "", .choice(effect))
    }

    /// All of its names.
    var names: [String] { [short, long, alias].filter { !$0.isEmpty } }

    /// True if it is called so, dashes included.
    func isCalled(_ name: String) -> Bool {
        // Lengths first: nearly all differ, and this is on the way of every start.
        let count = name.utf8.count
        return (long.utf8.count == count && long == name)
            || (count == 2 ? short == name : alias.utf8.count == count && alias == name)
    }

    var isFlag: Bool {
        if case .flag = effect { true } else { false }
    }
}
