import ArgumentParser
import Core
import Foundation
import Testing

@testable import CLI

@Suite("What lists are asked for")
struct FilterTests {
    @Test("Filters are KEY=VALUE with a key that there is")
    func keys() throws {
        let filters = try Filters(["label=a", "label=b=c=d", "NAME=x", "name="], keys: ["label", "name"])
        #expect(filters["label"] == ["a", "b=c=d"] && filters["name"] == ["x", ""])
        #expect(filters["other"] == [])
        for wrong in ["x=y", "label", "", "="] {
            #expect(throws: UsageError.wrongFilter(wrong, keys: ["label"])) {
                try Filters([wrong], keys: ["label"])
            }
        }
    }

    @Test("One value of a key is enough, and of labels all have to be there")
    func matches() throws {
        let filters = try Filters(["name=a", "name=b", "label=a", "label=b=c"], keys: ["name", "label"])
        #expect(filters.any("name") { $0 == "b" } && !filters.any("name") { $0 == "c" })
        #expect(filters.any("id") { _ in false } && !filters.all("name") { $0 == "b" })
        #expect(
            filters.matches(labels: ["a": "", "b": "c"]) && filters.matches(labels: ["a": "x", "b": "c"]))
        #expect(!filters.matches(labels: ["a": "x", "b": "d"]) && !filters.matches(labels: ["b": "c"]))
        let flag = try Filters(["dangling=False"], keys: ["dangling"])
        #expect(
            try flag.agrees("dangling", false) && !flag.agrees("dangling", true) && flag.agrees("x", true))
        #expect(throws: UsageError.wrongValue("perhaps", of: "--filter dangling=")) {
            try Filters(["dangling=perhaps"], keys: ["dangling"]).agrees("dangling", true)
        }
    }

    @Test("Patterns of names stop at slashes, as docker's")
    func patterns() {
        #expect("busybox:latest".matches(pattern: "busy*:l?test") && "a/b".matches(pattern: "*/*"))
        #expect(!"a/b".matches(pattern: "*") && "box1".matches(pattern: "box[0-9]"))
        #expect(!"busybox".matches(pattern: "busy") && !"a".matches(pattern: "["))
    }

    @Test("Of two moments in the same second one is earlier")
    func moments() throws {
        let earlier = try #require(PointInTime("2023-11-14T22:13:20.1Z"))
        #expect(earlier.seconds == 1_700_000_000 && earlier.nanoseconds == 100_000_000)
        #expect(earlier < PointInTime(nanoseconds: 1_700_000_000_100_000_001) && !(earlier < earlier))
    }

    @Test("A format is a table, JSON, or a template")
    func formats() {
        #expect(OutputFormat(argument: "table") == .table && OutputFormat(argument: "json") == .json)
        #expect(OutputFormat(argument: "table {{.ID}}") == .template("table {{.ID}}"))
        #expect(
            OutputFormat(argument: "{{.ID}}") == .template("{{.ID}}") && OutputFormat(argument: "xml") == nil)
    }
}
