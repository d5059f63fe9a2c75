/// Questions that a user answers with yes or no.
enum Question {
    /// Asks one.
    ///
    /// - Returns: false for anything but yes.
    static func ask(_ text: String) -> Bool {
        printLine("\(text) [y/N] ", terminator: "")
        StandardOutput.shared.flush()
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
            printLine()
            return false
        }
        return true
    }
}
