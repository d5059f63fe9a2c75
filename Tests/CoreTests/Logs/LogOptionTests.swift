import Foundation
import Testing

@testable import Engine
@testable import Host
@testable import Runtime

@Suite("Options of logs")
struct LogOptionTests {
    @Test(
        "Sizes and numbers are docker's",
        arguments: [
            ([], 20_000_000, 5), (["max-size=10m"], 10_000_000, 1),
            (["max-size=1.5 GB", "max-file=3"], 1_500_000_000, 3),
            (["max-file=2"], 20_000_000, 2), (["max-size=-1"], nil, 1), (["max-size=7"], 7, 1),
            (["max-size=3KiB"], 3000, 1),
        ] as [([String], Int64?, Int)])
    func values(words: [String], size: Int64?, files: Int) throws {
        let options = try ContainerLogOptions(driver: nil, options: words)
        #expect(options.maxSize == size)
        #expect(options.maxFiles == files)
        #expect(options.driver == .jsonFile)
    }

    @Test(
        "What means nothing is refused",
        arguments: [
            ("syslog", []), ("", []), ("none", ["max-size=1m"]), ("json-file", ["max-size"]),
            ("k8s-file", ["max-size="]),
            ("json-file", ["max-size=0"]), ("json-file", ["max-size=m"]), ("json-file", ["max-size=1x"]),
            ("json-file", ["max-size=-2"]), ("json-file", ["max-size=1e30g"]), ("json-file", ["max-file=0"]),
            ("json-file", ["max-file=501"]), ("json-file", ["max-file=x"]), ("json-file", ["compress=true"]),
        ])
    func refused(driver: String, words: [String]) {
        #expect(throws: RunError.self) { try ContainerLogOptions(driver: driver, options: words) }
    }

    @Test(
        "A record holds what is not usual",
        arguments: [("json-file", []), ("k8s-file", ["max-size=-1"]), ("none", [])])
    func record(driver: String, words: [String]) throws {
        let options = try ContainerLogOptions(driver: driver, options: words)
        if words.isEmpty, driver == "json-file" { #expect(options.json == "{}") }
        for text in [Data(options.json.utf8), try JSONEncoder().encode(options)] {
            #expect(try JSONDecoder().decode(ContainerLogOptions.self, from: text) == options)
        }
    }

    @Test(
        "Times are written and read",
        arguments: [
            (0, "1970-01-01T00:00:00.000000000Z"), (-1, "1969-12-31T23:59:59.999999999Z"),
            (951_782_400_000_000_001, "2000-02-29T00:00:00.000000001Z"),
            (4_107_542_399_000_000_000, "2100-02-28T23:59:59.000000000Z"),
            (1_798_761_599_000_000_000, "2026-12-31T23:59:59.000000000Z"),
            (.max, "2262-04-11T23:47:16.854775807Z"),
        ] as [(Int64, String)])
    func times(time: Int64, text: String) {
        #expect(String(decoding: LogTime.text(time), as: UTF8.self) == text)
        #expect(LogTime.nanoseconds(Array(text.utf8)[...]) == time)
    }

    @Test(
        "Moments are said in docker's ways",
        arguments: [
            ("10m", 400_000_000_000), ("1h", -2_600_000_000_000), ("1.5s", 998_500_000_000), ("0", 0),
            ("1m30s", 910_000_000_000), ("-1m", 1_060_000_000_000), ("17", 17_000_000_000),
            ("17.5", 17_500_000_000),
            ("1.000000001", 1_000_000_001), ("1970-01-01T00:00:05Z", 5_000_000_000),
            ("1970-01-01T01:00:05.25+01:00", 5_250_000_000), ("1970-01-02Z", 86_400_000_000_000),
        ])
    func moments(text: String, time: Int64) throws {
        #expect(try MomentOption.parse(text, option: "--since", now: 1_000_000_000_000) == time)
    }

    @Test("Without a zone, the machine's is meant")
    func local() throws {
        var moment = time_t(1_751_371_200)
        var parts = tm()
        localtime_r(&moment, &parts)
        var text = [CChar](repeating: 0, count: 64)
        strftime(&text, 64, "%Y-%m-%dT%H:%M:%S", &parts)
        let said = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        #expect(try MomentOption.parse(said, option: "--since") == 1_751_371_200_000_000_000)
    }

    @Test(
        "What is no moment is refused",
        arguments: [
            "", "now", "1970-01-01T", "1970-1-1", "1970-01-01T25:00", "1970-01-01T00:00:00.Z", "5x", "m",
            "1.2.3", "-",
            "99999999999999999999", "9999-01-01T00:00:00Z", "1970-01-01T00:00:00+1", "é",
        ])
    func noMoments(text: String) {
        #expect(throws: RunError.self) { try MomentOption.parse(text, option: "--since") }
    }

    @Test(
        "Durations are Go's",
        arguments: [
            ("0", 0), ("5s", 5_000_000_000), ("1h2m3s", 3_723_000_000_000), ("1.5ms", 1_500_000),
            (".5s", 500_000_000),
            ("+2µs", 2000), ("-1ns", -1), ("", nil), ("5", nil), ("s", nil), ("5 s", nil), ("1h-5m", nil),
            ("1..5s", nil),
            ("999999999h", nil),
        ] as [(String, Int64?)])
    func durations(text: String, nanoseconds: Int64?) {
        #expect(GoDuration.nanoseconds(text) == nanoseconds)
    }
}
