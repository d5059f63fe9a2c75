extension ContainerRecord {
    /// The record as a JSON object.
    ///
    /// By hand: it is written while a container starts, and the first use of JSONEncoder takes half a millisecond.
    var json: String {
        var members = [
            ("id", Self.quoted(id)), ("name", Self.quoted(name)), ("image", Self.quoted(image)),
            ("driver", Self.quoted(driver)),
            ("command", "[" + command.map(Self.quoted).joined(by: ",") + "]"),
            ("created", "\(created)"), ("keep", "\(keep)"), ("readOnly", "\(readOnly)"),
        ]
        if let layer { members.append(("layer", Self.quoted(layer.description))) }
        if let manifest { members.append(("manifest", Self.quoted("\(manifest)"))) }
        if let directory { members.append(("directory", Self.quoted(directory))) }
        if let process { members.append(("process", "\(process)")) }
        if let processStart { members.append(("processStart", "\(processStart)")) }
        if let exitStatus { members.append(("exitStatus", "\(exitStatus)")) }
        if let finished { members.append(("finished", "\(finished)")) }
        return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(by: ",") + "}\n"
    }

    /// A JSON string (RFC 8259, section 7).
    private static func quoted(_ text: String) -> String {
        var bytes = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                bytes += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }
}
