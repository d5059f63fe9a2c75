internal import Core
internal import Glibc
internal import Logging

/// Where the log goes: the standard error, one line a message, as text or as a JSON object.
struct StandardErrorLog: LogHandler {
    let format: LogFormat
    var logLevel = Logger.Level.notice
    var metadata: Logger.Metadata = [:]

    init(format: LogFormat) {
        self.format = format
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let line =
            switch format {
            case .text: text(event.level, event.message, fields)
            case .json: json(event.level, event.message, fields)
            }
        // One write, so that lines of several processes do not mix.
        var bytes = Array((line + "\n").utf8)
        write(STDERR_FILENO, &bytes, bytes.count)
    }

    private func text(
        _ level: Logger.Level, _ message: Logger.Message,
        _ fields: [(key: String, value: Logger.MetadataValue)]
    ) -> String {
        let details = fields.map { " \($0.key)=\($0.value)" }.joined()
        let line =
            level == .notice
            ? "mydocker: \(message)\(details)" : "mydocker: \(level): \(message)\(details)"
        return line.printable
    }

    private func json(
        _ level: Logger.Level, _ message: Logger.Message,
        _ fields: [(key: String, value: Logger.MetadataValue)]
    ) -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let milliseconds = now.tv_nsec / 1_000_000
        var members = [
            "\"time\":\(now.tv_sec).\(String(milliseconds + 1000).dropFirst())",
            "\"level\":\(quoted(level.rawValue))", "\"message\":\(quoted(message.description))",
        ]
        members += fields.map { "\(quoted($0.key)):\(quoted($0.value.description))" }
        return "{\(members.joined(separator: ","))}"
    }

    /// A JSON string (RFC 8259, section 7).
    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result.printableJSON + "\""
    }
}
