import Testing

@testable import CLI

@Suite("What a word may become")
struct CompletionTests {
    /// The words that are offered for the last word of a line.
    private func offered(_ line: String, breaksWords: Bool = false) -> [String] {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        return Completion(words, breaksWords: breaksWords).lines.map {
            String($0.prefix { $0 != "\t" })
        }
    }

    @Test(
        "Commands, options, and the values that options have",
        arguments: [
            ("vers", ["version"]), ("verx", []), ("hist", ["history"]), ("rmi", ["rmi"]),
            ("image pr", ["prune"]),
            ("container l", ["list", "logs", "ls"]), ("help image pr", ["prune"]), ("frob ", []),
            ("image frob ", []),
            ("--log-l", ["--log-level"]), ("--log-level de", ["debug"]),
            ("--log-level debug hist", ["history"]),
            ("-D hist", ["history"]), ("-l err", ["error"]), ("--root=/x hist", ["history"]),
            ("ps --no", ["--no-trunc"]), ("container ls --no", ["--no-trunc"]), ("ps --format j", ["json"]),
            ("ps --format=j", ["--format=json"]), ("ps --all=", []), ("ps -- --no", []),
            ("ps -aq --no", ["--no-trunc"]),
            ("run -it --cap-a", ["--cap-add"]), ("run -itu ", []), ("run -u7 --cap-a", ["--cap-add"]),
            ("run -e --cap-add --cap-d", ["--cap-drop"]), ("run box --cap-a", [":files"]),
            ("run -- box x", [":files"]), ("run --rootfs /", [":directories"]),
            ("run --rootfs=", [":directories"]),
            ("load -i ", [":files"]), ("load -qi x", [":files"]), ("--root ", [":directories"]),
            ("completion ", ["bash", "fish", "zsh"]), ("completion bash ", []),
            ("inspect --type i", ["image"]),
        ])
    func words(line: String, expected: [String]) {
        #expect(offered(line).sorted() == expected, "\(line)")
    }

    @Test("A shell that makes words of : and = gets what is left of the word")
    func breaks() {
        #expect(offered("ps --format = j", breaksWords: true) == ["json"])
        #expect(offered("ps --format =", breaksWords: true) == ["table", "json"])
        #expect(offered("--root = /x hist", breaksWords: true) == ["history"])
        #expect(offered("run --rootfs =", breaksWords: true) == [":directories"])
    }

    @Test("What it is stands behind a word, and hidden commands are not offered")
    func descriptions() {
        #expect(Completion(["hist"]).lines[0].hasPrefix("history\tTell the steps"))
        #expect(!offered("").contains("init") && offered("in").sorted() == ["info", "inspect"])
        #expect(offered("").contains("container") && !offered("").contains("ls"))
    }
}
