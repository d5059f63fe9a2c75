import Testing

@testable import Images
@testable import Layers

extension FuzzTests {
    private static let words = [
        "a", "b1", "reg.example", "localhost", ":", "5000", "/", ".", "_", "__", "-", "--", "@", "sha256:",
        "[", "]",
        "::1", "A", "ü", "\u{0}", "\u{1b}[2J", " ", "\u{301}", "0123456789abcdef", "latest", "..", "%2e",
        "\r\n", "🇩🇪",
    ]

    private func text(_ random: inout SeededGenerator) -> String {
        (0..<Int.random(in: 0...9, using: &random)).map { _ in
            Self.words.randomElement(using: &random) ?? ""
        }.joined()
    }

    @Test("text: what is accepted as a name or digest is written and read the same")
    func names() throws {
        try FuzzRun(target: "text", cases: 5000, share: 4)() { random in
            let text = text(&random)
            _ = try FuzzFailure.explained {
                let name = try ImageName(text)
                let again = try ImageName(name.description)
                let isPlain = name.description.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
                try FuzzFailure.check(
                    again == name && isPlain && !"/\(name.repository)/".contains("/../"), "\(name) of \(text)"
                )
            }
            let digest = random.next() & 1 == 0 ? "sha256:" + text : text + String(repeating: "0", count: 64)
            _ = try FuzzFailure.explained {
                let value = try Digest(digest)
                try FuzzFailure.check(value.description == digest && value.hex.utf8.count == 64, digest)
            }
        }
    }

    @Test("pax: records and times")
    func pax() throws {
        try FuzzRun(target: "pax", cases: 3000, share: 4)() { random in
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let value = text(&random)
                bytes += PaxRecords.encode(
                    ["path", "mtime", "a", ""].randomElement(using: &random) ?? "", value.utf8)
            }
            for _ in 0..<Int.random(in: 0...2, using: &random) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                bytes[index] =
                    [0, 0x20, 0x30, 0x39, 0x3d, 0x0a, 0x2d, 0xff].randomElement(using: &random) ?? 0
            }
            do {
                let records = try PaxRecords(bytes)
                var again: [UInt8] = []
                for (key, value) in records.records { again += PaxRecords.encode(key, value) }
                let reread = try PaxRecords(again)
                try FuzzFailure.check(reread.records.elementsEqual(records.records, by: ==), "\(bytes)")
            } catch is PaxRecords.Malformed {}
            let digits = ["-", "1", "0", ".", "9", "9223372036854775807", "9223372036854775808", "+", "e"]
            let written = (0..<Int.random(in: 0...5, using: &random)).map { _ in
                digits.randomElement(using: &random) ?? ""
            }.joined()
            if let time = TarTime(pax: written.utf8) {
                try FuzzFailure.check(
                    (0..<1_000_000_000).contains(time.nanoseconds) && TarTime(pax: time.pax.utf8) == time,
                    "\(written): \(time)")
            }
        }
    }
}
