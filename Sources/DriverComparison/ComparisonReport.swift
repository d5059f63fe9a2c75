public import Core
public import DriverBenchmark
public import DriverConformance
internal import FoundationEssentials

/// What a comparison came to: the JSON that `storage compare --json` writes.
public struct ComparisonReport: Sendable, Codable {
    /// The form of this document.
    ///
    /// What is added to a form does not change its number.
    public var schema = Self.form
    /// When it was made, in UTC: "2026-11-27T22:43:09Z".
    public var made: String?
    /// One for each kernel, in the order in which they were asked for.
    public var kernels: [KernelReport] = []

    /// A report without kernels.
    public init() {}

    private static let form = "mydocker-compare/1"

    /// The report as JSON, its keys sorted.
    ///
    /// - Throws: what the encoder throws.
    public func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    /// Reads what ``text()`` has written.
    ///
    /// - Parameter file: what it is called in an error.
    /// - Throws: ``InvalidReport``.
    public init(json: [UInt8], file: String) throws(InvalidReport) {
        do { self = try JSONDecoder().decode(Self.self, from: Data(json)) } catch {
            throw InvalidReport(file: file, reason: "it is not what storage compare --json writes")
        }
        if schema != Self.form {
            throw InvalidReport(file: file, reason: "its form is \(schema.prefix(40)), not \(Self.form)")
        }
    }

    /// One report of several: their kernels, one after the other.
    ///
    /// Kernels of the same name in different reports get the name of their report: "host (laptop)".
    ///
    /// - Parameter reports: each with a name for people.
    public init(merging reports: [(name: String, report: ComparisonReport)]) {
        self.init()
        made = reports.compactMap(\.report.made).max()
        for (index, (label, report)) in reports.enumerated() {
            for kernel in report.kernels {
                let isElsewhere = reports.enumerated().contains { other in
                    other.offset != index && other.element.report.kernels.contains { $0.name == kernel.name }
                }
                var kernel = kernel
                if isElsewhere { kernel.name += " (\(label))" }
                kernels.append(kernel)
            }
        }
    }
}

/// What came of one kernel.
public struct KernelReport: Sendable, Codable {
    /// A driver on this kernel.
    public struct Driver: Sendable, Codable {
        /// Its name.
        public let name: String
        /// Why it does not work; nil if it does.
        public let reason: String?
    }

    /// "host", the file's name, or "ssh://HOST".
    public var name: String
    /// The word by which it was asked for, if that says more than the name: "deb:6.12".
    public var word: String?
    /// What uname(2) says: "6.1.0-50-cloud-amd64".
    public var release: String?
    /// What it ran on, if that is known: "2 × AMD EPYC 7763", with " (tcg)" behind it in QEMU.
    public var machine: String?
    /// How long it took, in seconds, from the start to the end of the machine.
    public var seconds: Int
    /// Why nothing came of it; nil if something did.
    public var problem: String?
    /// The last lines that it said, if nothing came of it.
    public var lastLines: [String] = []
    /// How its cgroups were laid out: "v1", "v2", "hybrid", or "host" for as they were.
    public var cgroups: String
    /// "applied", or why a container could not be limited.
    public var limits: String?
    /// The file system that drivers were tried on.
    public var fileSystem: String?
    /// The drivers: those that were asked for, or else all.
    public var drivers: [Driver] = []
    /// Those that were asked for and do not work there.
    public var missing: [String] = []
    /// The conformance kit's results.
    public var conformance: [ConformanceResult] = []
    /// The benchmark's results: only ratios to the same kernel's bare file system can be compared between kernels.
    public var benchmark: [BenchmarkResult] = []

    /// A kernel of which nothing is known yet.
    public init(name: String, word: String? = nil, cgroups: String) {
        (self.name, self.word, self.cgroups) = (name, word, cgroups)
        seconds = 0
    }

    /// Why a driver was not tried there; nil if it was, be it on a file system that was made for it.
    public func reason(against driver: Driver) -> String? {
        let isTried =
            benchmark.contains { $0.target == driver.name && $0.samples != nil }
            || conformance.contains { $0.driver == driver.name && $0.verdict != .skipped }
        return isTried ? nil : driver.reason
    }

    /// True if nothing came of it, a driver failed in something, or a command never ended well.
    ///
    /// A driver that was asked for and is not there is a failure too.
    public var hasFailed: Bool { !failures.isEmpty }

    /// What is wrong, a line for each.
    public var failures: [Failure] {
        if let problem { return [Failure(kernel: name, what: problem, lines: lastLines)] }
        let absent = missing.map { driver in
            let reason = drivers.first { $0.name == driver }?.reason.map { ": \($0)" } ?? ""
            return Failure(kernel: name, driver: driver, what: "does not work there\(reason)")
        }
        let cases = conformance.filter { $0.verdict == .failed }.map { result in
            let detail = result.detail.map { ": \($0)" } ?? ""
            return Failure(kernel: name, driver: result.driver, what: "\(result.id) failed\(detail)")
        }
        let commands = benchmark.filter { $0.hasFailed && $0.samples == nil }.map { result in
            let place = result.backing.map { " on \($0)" } ?? ""
            return Failure(
                kernel: name, driver: result.target,
                what: "\(result.workload) failed\(place): \(result.reason ?? "")")
        }
        return absent + cases + commands
    }

    /// Something that is wrong.
    public struct Failure: Sendable {
        /// The kernel's name.
        public let kernel: String
        /// The driver's name, if it is one driver's.
        public var driver: String?
        /// What it is, for people.
        public let what: String
        /// The last lines that the kernel said, if nothing came of it.
        public var lines: [String] = []
    }
}

/// A file that holds no report.
public struct InvalidReport: Explained {
    let file: String
    let reason: String

    /// What the user is told.
    public var explanation: Explanation { Explanation("\(file): \(reason)") }
}
