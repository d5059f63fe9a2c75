import DriverComparison
import DriverConformance
import Foundation

@testable import DriverBenchmark

/// Reports that were made up.
enum Made {
    /// One measurement.
    static func result(
        _ workload: String = "work", _ target: String, _ values: [Double]?, bare: [Double]? = nil,
        measure: String? = nil, backing: String? = nil, unit: String = "s",
        better: BenchmarkResult.Better? = nil, dropped: Int? = nil, reason: String? = nil
    ) -> BenchmarkResult {
        let samples = values.map { Samples($0) }
        let median = bare.map { Samples($0).median }
        return BenchmarkResult(
            workload: workload, title: "what \(workload) does", unit: unit, target: target, measure: measure,
            backing: backing, better: better, samples: samples,
            ratio: target == "bare"
                ? samples.map { _ in 1 } : median.flatMap { bare in samples.map { $0.median / bare } },
            p: target == "bare" ? nil : bare.flatMap { bare in values.flatMap { RankTest.p($0, bare) } },
            dropped: dropped, reason: reason)
    }

    /// The bare file system and drivers, in one place.
    static func results(
        _ workload: String = "work", bare: [Double], _ drivers: KeyValuePairs<String, [Double]>,
        measure: String? = nil, backing: String? = nil, better: BenchmarkResult.Better? = nil
    ) -> [BenchmarkResult] {
        [result(workload, "bare", bare, measure: measure, backing: backing, better: better)]
            + drivers.map { driver, values in
                result(
                    workload, driver, values, bare: bare, measure: measure, backing: backing, better: better)
            }
    }

    static func kernel(_ name: String, _ results: [BenchmarkResult], machine: String? = nil)
        -> KernelReport
    {
        var kernel = KernelReport(name: name, cgroups: "v2")
        (kernel.benchmark, kernel.fileSystem, kernel.machine) = (results, "ext4", machine)
        return kernel
    }

    static func kernel(_ results: [BenchmarkResult], machine: String? = nil) -> KernelReport {
        kernel("host", results, machine: machine)
    }

    static func report(_ kernels: KernelReport...) -> ComparisonReport {
        var report = ComparisonReport()
        report.kernels = kernels
        return report
    }

    /// A result of the conformance kit, as its JSON.
    static func conformance(_ id: String, _ driver: String, _ verdict: String) throws -> ConformanceResult {
        let text = """
            {"driver": "\(driver)", "id": "\(id)", "title": "T", "verdict": "\(verdict)", "detail": "why", "milliseconds": 1}
            """
        return try JSONDecoder().decode(ConformanceResult.self, from: Data(text.utf8))
    }

    /// A driver of a kernel, as its JSON.
    static func driver(_ name: String, reason: String? = nil) throws -> KernelReport.Driver {
        let text = reason.map { #"{"name": "\#(name)", "reason": "\#($0)"}"# } ?? #"{"name": "\#(name)"}"#
        return try JSONDecoder().decode(KernelReport.Driver.self, from: Data(text.utf8))
    }

    /// Five values around one.
    static func around(_ value: Double) -> [Double] { [0.98, 0.99, 1, 1.01, 1.02].map { $0 * value } }
}
