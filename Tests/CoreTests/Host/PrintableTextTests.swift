import Testing

@testable import Host

@Suite("Text of strangers on a terminal")
struct PrintableTextTests {
    @Test("What drives a terminal or hides in it is escaped, and nothing else")
    func escaped() {
        for (text, shown) in [
            ("a\u{1b}[2J", "a\\u{1B}[2J"), ("a\nb\tc", "a\\nb\\tc"), ("\u{9b}31m", "\\u{009B}31m"),
            ("\u{7f}", "\\u{7F}"),
            ("x\u{202e}y\u{2066}\u{200f}", "x\\u{202E}y\\u{2066}\\u{200F}"), ("\u{61c}", "\\u{061C}"),
            ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"), ("\u{200b}\u{feff}", "\\u{200B}\\u{FEFF}"),
            ("Grüße 漢字 \\ \"", "Grüße 漢字 \\ \""),
        ] {
            #expect(text.printable.lowercased() == shown.lowercased())
            #expect(text.printable.printable == text.printable)
        }
    }
}
