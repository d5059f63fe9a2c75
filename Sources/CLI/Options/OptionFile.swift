internal import Core
internal import SystemPackage

/// Files with an option's values: `--env-file`, `--label-file`.
enum OptionFile {
    /// Its lines, without those that are empty or begin with "#", and without the spaces before them.
    ///
    /// - Throws: ``SystemCallError``; ``RunError/invalidOption(option:value:reason:)`` for what is no text.
    static func lines(_ path: String) throws -> [[UInt8]] {
        let text = try Files.read(FilePath(path))
        return text.split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " || $0 == "\t" } }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }.map { Array($0.utf8) }
    }
}
