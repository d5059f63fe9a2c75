internal import Host

extension LogLine {
    /// Appends the line in podman's form, in which the bytes are as they are.
    func appendText(to out: inout [UInt8], _ clock: inout LogTime) {
        clock.append(time, to: &out)
        out.append(stream == .stdout ? " stdout " : " stderr ")
        out.append(isWhole ? "F " : "P ")
        out.append(contentsOf: text)
        out.append(UInt8(ascii: "\n"))
    }

    /// Appends the line in docker's form.
    func appendJSON(to out: inout [UInt8], _ clock: inout LogTime) {
        out.append("{\"log\":\"")
        appendEscaped(to: &out)
        if isWhole { out.append("\\n") }
        out.append(
            stream == .stdout
                ? "\",\"stream\":\"stdout\",\"time\":\"" : "\",\"stream\":\"stderr\",\"time\":\"")
        clock.append(time, to: &out)
        out.append("\"}\n")
    }

    /// The text in a JSON string, escaped as Go's encoding/json does it; a byte that is not UTF-8 becomes U+FFFD.
    private func appendEscaped(to out: inout [UInt8]) {
        var written = 0
        var place = 0
        while place < text.count {
            let byte = text[place]
            if byte >= 0x80 {
                let count = UTF8Sequence.count(text, at: place)
                // What JavaScript takes for the end of a line: U+2028 and U+2029.
                let isSeparator =
                    count == 3 && byte == 0xe2 && text[place + 1] == 0x80 && text[place + 2] & 0xfe == 0xa8
                if count > 0, !isSeparator {
                    place += count
                    continue
                }
                out.append(contentsOf: text[written..<place])
                out.append(count == 0 ? "\\ufffd" : text[place + 2] == 0xa8 ? "\\u2028" : "\\u2029")
                place += max(count, 1)
                written = place
                continue
            }
            if Self.isPlain(byte) {
                place += 1
                continue
            }
            out.append(contentsOf: text[written..<place])
            switch byte {
            case UInt8(ascii: "\""): out.append("\\\"")
            case UInt8(ascii: "\\"): out.append("\\\\")
            case UInt8(ascii: "\n"): out.append("\\n")
            case UInt8(ascii: "\r"): out.append("\\r")
            default:
                out.append("\\u00")
                out.append(UInt8(ascii: byte < 0x10 ? "0" : byte < 0x20 ? "1" : byte < 0x30 ? "2" : "3"))
                let low = byte & 0xf
                out.append(low < 10 ? 48 + low : 87 + low)
            }
            place += 1
            written = place
        }
        out.append(contentsOf: text[written..<place])
    }

    /// True for ASCII that is not escaped: of what could be, Go escapes what HTML knows.
    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") && byte != UInt8(ascii: "<")
            && byte != UInt8(ascii: ">") && byte != UInt8(ascii: "&")
    }
}
