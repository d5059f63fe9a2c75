import DriverBenchmark
import DriverComparison
import Testing

@Suite("A report as a table, and what follows from it")
struct ComparisonTableTests {
    private let report = Made.report(
        Made.kernel(
            "host",
            Made.results(
                "fio", bare: Made.around(2), ["overlay": Made.around(2.01), "bind": Made.around(1.9)],
                measure: "wall", backing: "ext4")
                + Made.results(
                    "fio", bare: Made.around(1000), ["overlay": Made.around(500), "bind": Made.around(990)],
                    measure: "iops", backing: "ext4", better: .more)
                + Made.results(
                    "fio", bare: Made.around(3000),
                    ["overlay": Made.around(2700), "bind": Made.around(3000)],
                    measure: "iops", backing: "xfs", better: .more)),
        Made.kernel(
            "other",
            Made.results(
                "fio", bare: Made.around(10), ["overlay": Made.around(10), "bind": Made.around(10)],
                measure: "iops",
                backing: "ext4", better: .more)
                + [
                    Made.result(
                        "fio", "erofs", nil, measure: "iops", backing: "ext4", dropped: 3, reason: "no")
                ]))

    @Test("The metric is what a workload is judged by, and half of the operations costs twice")
    func rows() throws {
        let table = ComparisonTable(report)
        #expect(table.drivers == ["overlay", "bind", "erofs"])
        #expect(table.rows.map(\.measure) == ["wall", "iops", "iops", "iops"])
        #expect(table.rows.map(\.isHeadline) == [false, true, true, true])
        #expect(table.rows.map(\.kernel) == ["host", "host", "host", "other"])
        #expect(table.rows.map(\.backing) == ["ext4", "ext4", "xfs", "ext4"])
        let (wall, operations) = (table.rows[0], table.rows[1])
        #expect(operations.cells[0]?.cost == 2 && operations.cells[0]?.text == "0.50×")
        #expect(operations.cells.map { $0?.isBest } == [false, true, nil])
        // Of what is alike, all are the best; what is alike the bare file system is noise.
        #expect(wall.cells.map { $0?.isNoise } == [true, false, nil])
        #expect(operations.cells.map { $0?.isNoise } == [false, true, nil])
        let failed = try #require(table.rows[3].cells[2])
        #expect(failed.text == nil && failed.result.hasFailed && !failed.isBest)
    }

    @Test("Two sentences, of the measures that count")
    func conclusion() throws {
        let text = try #require(Conclusion(ComparisonTable(report)).text)
        #expect(
            text.hasPrefix(
                "bind is the best driver, or no worse than it by more than noise, in 3 of 3 comparisons"),
            "\(text)")
        #expect(text.contains("overlay in 1 of 3 at 1.30×"), "\(text)")
        #expect(
            text.contains("Which driver it is matters most in fio on host (ext4): bind 1.01×, overlay 2.00×"),
            "\(text)")
        #expect(
            text.contains(
                "the file system below makes up to 5.40× (fio with overlay on host: ext4 against xfs)"),
            "\(text)")
        #expect(text.split(separator: ". ").count == 2 && text.hasSuffix("."), "\(text)")
        #expect(Conclusion(ComparisonTable(ComparisonReport())).text == nil)
    }

    @Test("One driver alone is no better than any other, and one row has no gaps")
    func alone() throws {
        let table = ComparisonTable(
            Made.report(Made.kernel(Made.results(bare: Made.around(1), ["overlay": Made.around(3)]))))
        #expect(table.rows[0].cells[0]?.isBest == false)
        #expect(
            Conclusion(table).text
                == "overlay costs 3.00× what the bare file system does on average (1 comparison, geometric mean)."
        )
    }

    @Test(
        "Values as people read them",
        arguments: [
            (1.5, "s", "1.50 s"), (0.0123, "s", "12.30 ms"), (4.2e-5, "s", "42.0 µs"),
            (2_500_000, "bytes", "2.5MB"), (0.755, "share", "76%"),
            (12, "files", "12"), (123_456, "", "123k"), (3.14159, "per s", "3.14"), (-0.5, "", "-0.50"),
            (1e300, "", "1e+297k"),
        ] as [(Double, String, String)])
    func quantities(value: Double, unit: String, text: String) {
        #expect(Quantity.text(value, unit) == text)
    }
}
