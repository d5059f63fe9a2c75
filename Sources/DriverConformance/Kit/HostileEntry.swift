/// An entry of an archive, written byte for byte: the program's own writer refuses most of what is tried here.
struct HostileEntry {
    private let name: String
    private let type: Character
    private let target: String
    private let content: [UInt8]
    private let device: (Int, Int)
    private let attributes: [String: String]

    private init(
        _ name: String, _ type: Character, target: String = "", content: String = "",
        device: (Int, Int) = (0, 0),
        attributes: [String: String] = [:]
    ) {
        self.name = name
        self.type = type
        self.target = target
        self.content = Array(content.utf8)
        self.device = device
        self.attributes = attributes
    }

    static func file(_ name: String, _ content: String, attributes: [String: String] = [:]) -> HostileEntry {
        HostileEntry(name, "0", content: content, attributes: attributes)
    }
    static func directory(_ name: String) -> HostileEntry { HostileEntry(name, "5") }
    static func link(_ name: String, to target: String) -> HostileEntry {
        HostileEntry(name, "2", target: target)
    }
    static func hardLink(_ name: String, to target: String) -> HostileEntry {
        HostileEntry(name, "1", target: target)
    }
    static func device(_ name: String, _ major: Int, _ minor: Int) -> HostileEntry {
        HostileEntry(name, "3", device: (major, minor))
    }

    /// The archive of these entries, with the two blocks of zeros at its end.
    static func archive(_ entries: [HostileEntry]) -> [UInt8] {
        entries.flatMap(\.bytes) + [UInt8](repeating: 0, count: 1024)
    }

    private var bytes: [UInt8] {
        var records: [UInt8] = []
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
            records += Self.record("SCHILY.xattr.\(name)", value)
        }
        let extended = records.isEmpty ? [] : Self.block("pax", "x", records.count, "") + Self.padded(records)
        return extended + Self.block(name, type, content.count, target, device) + Self.padded(content)
    }

    /// A record of a pax header (pax(1)): its length, which counts its own digits, a space, key, "=", value, newline.
    private static func record(_ key: String, _ value: String) -> [UInt8] {
        let rest = " \(key)=\(value)\n"
        var length = rest.utf8.count
        while "\(length)".utf8.count + rest.utf8.count != length {
            length = "\(length)".utf8.count + rest.utf8.count
        }
        return Array("\(length)\(rest)".utf8)
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
    }

    /// A header in the form of POSIX.1-1988 (tar(5), "POSIX ustar Archives").
    private static func block(
        _ name: String, _ type: Character, _ size: Int, _ target: String, _ device: (Int, Int) = (0, 0)
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
        }
        func put(octal value: Int, digits: Int, at offset: Int) {
            let text = String(value, radix: 8)
            put(String(repeating: "0", count: digits - text.count) + text, at: offset)
        }
        put(name, at: 0)
        put(octal: 0o644, digits: 7, at: 100)
        put(octal: 0, digits: 7, at: 108)
        put(octal: 0, digits: 7, at: 116)
        put(octal: size, digits: 11, at: 124)
        put(octal: 0, digits: 11, at: 136)
        put("        ", at: 148)
        put(String(type), at: 156)
        put(target, at: 157)
        put("ustar\u{0}00", at: 257)
        put(octal: device.0, digits: 7, at: 329)
        put(octal: device.1, digits: 7, at: 337)
        put(octal: block.reduce(0) { $0 + Int($1) }, digits: 6, at: 148)
        block[154] = 0
        return block
    }
}
