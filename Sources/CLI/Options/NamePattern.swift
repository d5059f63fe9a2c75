internal import Glibc

extension String {
    /// True if a pattern of the shell matches the whole; `*` and `?` match no slash (as path.Match of Go).
    func matches(pattern: String) -> Bool {
        fnmatch(pattern, self, FNM_PATHNAME) == 0
    }

    /// True if a regular expression (regex(7), extended) matches somewhere; nil if it is none.
    func matches(expression: String) -> Bool? {
        var compiled = regex_t()
        guard regcomp(&compiled, expression, REG_EXTENDED | REG_NOSUB) == 0 else { return nil }
        defer { regfree(&compiled) }
        return regexec(&compiled, self, 0, nil, 0) == 0
    }
}
