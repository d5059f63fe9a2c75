import Core
import Testing

@testable import DriverBenchmark

@Suite("What is measured: commands, metrics, and what is more than noise")
struct MeasuringTests {
    /// How many of all ways to choose which values are the first ones differ at least as much: by counting.
    private func counted(_ first: [Double], _ second: [Double]) -> Double {
        let all = first + second
        func wins(_ chosen: [Double], _ rest: [Double]) -> Double {
            var wins = 0.0
            for a in chosen { for b in rest { wins += a > b ? 1 : a == b ? 0.5 : 0 } }
            return wins
        }
        let middle = Double(first.count * second.count) / 2
        let distance = abs(wins(first, second) - middle)
        var (extreme, total) = (0, 0)
        for mask in 0..<(1 << all.count) where mask.nonzeroBitCount == first.count {
            let chosen = all.indices.filter { mask >> $0 & 1 == 1 }.map { all[$0] }
            let rest = all.indices.filter { mask >> $0 & 1 == 0 }.map { all[$0] }
            total += 1
            if abs(wins(chosen, rest) - middle) >= distance - 1e-9 { extreme += 1 }
        }
        return Double(extreme) / Double(total)
    }

    @Test("The rank test says what counting all arrangements does")
    func rankTest() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<60 {
            let (m, n) = (Int.random(in: 4...6, using: &random), Int.random(in: 4...7, using: &random))
            let shift = Double.random(in: 0...1, using: &random)
            let first = (0..<m).map { _ in Double.random(in: 0...1, using: &random) }
            let second = (0..<n).map { _ in Double.random(in: 0...1, using: &random) + shift }
            let p = try #require(RankTest.p(first, second))
            #expect(abs(p - counted(first, second)) < 1e-9, "\(first) \(second)")
            let back = try #require(RankTest.p(second, first))
            #expect(abs(back - p) < 1e-9)
        }
        // Textbooks' tables: 2 of C(10, 5).
        #expect(RankTest.p([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]) == 2.0 / 252)
    }

    @Test("With equal values the normal approximation is near; with too few there is no answer")
    func rankTestLimits() throws {
        #expect(RankTest.p([1, 2, 3], [4, 5, 6]) == nil && RankTest.p([], [1]) == nil)
        #expect(RankTest.p([2, 2, 2, 2], [2, 2, 2, 2]) == 1)
        let p = try #require(RankTest.p([1, 1, 2, 2, 3, 3], [3, 4, 4, 5, 5, 6]))
        #expect(abs(p - counted([1, 1, 2, 2, 3, 3], [3, 4, 4, 5, 5, 6])) < 0.02, "\(p)")
        // Thirty on each side: alike, and not alike.
        let many = (0..<30).map { Double($0 * 7 % 30) }
        #expect(try #require(RankTest.p(many, many.map { $0 + 0.5 })) > 0.5)
        #expect(try #require(RankTest.p(many, many.map { $0 + 20 })) < 1e-6)
    }

    @Test("A metric is the last match of its group, with its unit")
    func metric() throws {
        let output = "job: IOPS=12.5k, BW=48MiB/s\nnoise\njob: IOPS=13.0k, BW=49MiB/s\n"
        #expect(try Metric("iops=IOPS=([0-9.k]+)").value(in: output) == 13_000)
        #expect(try Metric("bw=BW=([0-9.]+[KMG]iB)").value(in: output) == 49 * 0x1p20)
        #expect(try Metric("none=LATENCY=([0-9]+)").value(in: output) == nil)
        #expect(try Metric("word=(noise)").value(in: output) == nil)
        #expect(try Metric("a=x([0-9]+)").better == .more && Metric("a:less=x([0-9]+)").better == .less)
        for (text, value) in [
            ("5", 5), ("2K", 2000), ("2Ki", 2048), ("1.5M", 1.5e6), ("3G", 3e9), ("-1", -1),
        ] as [(String, Double)] {
            #expect(Metric.number(text) == value, "\(text)")
        }
    }

    @Test(
        "What is no metric is refused with the reason",
        arguments: [
            ("iops", "NAME=PATTERN"), ("=x(1)", "NAME=PATTERN"), ("a=[(", "no extended regular expression"),
            ("a=x", "no group"),
            ("wall=(1)", "measured anyway"), ("a:best=(1)", ":less"),
        ])
    func wrongMetric(word: String, reason: String) {
        let error = #expect(throws: InvalidCommand.self) { try Metric(word) }
        let problem = error?.problem ?? ""
        #expect(problem.contains("--metric '\(word)'"), "\(problem)")
        #expect(problem.contains(reason) || reason == "NAME=PATTERN", "\(problem)")
    }

    @Test("Commands have names, and what goes before and after them")
    func commands() throws {
        let one = try UserCommand.all(["true"], setups: ["a"], checks: ["b"], metrics: ["n=x([0-9])"])
        #expect(
            one.map(\.name) == ["run"] && one[0].setup == "a" && one[0].check == "b"
                && one[0].metrics.count == 1)
        let two = try UserCommand.all(
            ["x=sleep 1", "FOO BAR=1 env"], setups: ["x=touch a=b"], checks: ["test -e c"])
        #expect(
            two.map(\.name) == ["x", "run-2"] && two[0].text == "sleep 1" && two[1].text == "FOO BAR=1 env")
        #expect(
            two[0].setup == "touch a=b" && two[1].setup == nil && two.allSatisfy { $0.check == "test -e c" })
        let ready = try UserCommand.all(["sqlite"])
        #expect(ready[0].text.contains("sqlite3") && ready[0].check != nil)
        #expect(Set(UserCommand.ready.map(\.name)).count == UserCommand.ready.count)
    }

    @Test(
        "What cannot be is refused",
        arguments: [
            (["a=1", "a=2"], [], [], "another called a"), (["a="], [], [], "no command"),
            (["x"], ["1", "2"], [], "has one already"),
            (["x"], [], ["m=(1)", "m=(2)"], "a metric m already"),
        ] as [([String], [String], [String], String)])
    func wrongCommands(words: [String], setups: [String], metrics: [String], reason: String) {
        let error = #expect(throws: InvalidCommand.self) {
            try UserCommand.all(words, setups: setups, metrics: metrics)
        }
        #expect(error?.problem.contains(reason) == true, "\(String(describing: error))")
    }
}
