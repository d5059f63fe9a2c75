internal import DriverBenchmark
internal import DriverComparison
internal import DriverConformance
internal import FoundationEssentials

extension KernelReport {
    private struct Information: Decodable {
        struct System: Decodable { let type: String }
        let drivers: [KernelReport.Driver]
        let fileSystem: System
    }

    /// Takes over what the parts of a result say.
    ///
    /// - Throws: ``LabError/noResult(_:)`` if one of them says less than what was asked for; the others are taken over.
    mutating func take(_ text: String, _ request: Laboratory.Request) throws {
        let parts = ReportPart.all(in: text)
        var problems: [String] = []
        func decode<Value: Decodable>(
            _ type: Value.Type, _ name: String, _ command: String, accepting accepted: [Int32] = [0]
        ) -> Value? {
            let part = parts[name] ?? ReportPart(output: "", status: nil, error: "")
            if let problem = part.problem(accepting: accepted) {
                problems.append("\(command) \(problem)")
            } else if let value = try? JSONDecoder().decode(type, from: Data(part.output.utf8)) {
                return value
            } else {
                problems.append("the result of \(command) cannot be read")
            }
            return nil
        }
        release = parts["release"].map { Self.trimmed($0.output) }
        machine = machine ?? parts["machine"].flatMap { Self.machine($0.output) }
        let spoken = parts["limits"].map { Self.trimmed($0.output) } ?? ""
        limits =
            spoken.isEmpty
            ? parts["limits"].flatMap { $0.error.isEmpty ? nil : $0.error } ?? "refused" : spoken
        let information = decode(Information.self, "info", "storage info")
        fileSystem = information?.fileSystem.type
        drivers = (information?.drivers ?? []).filter {
            request.drivers.isEmpty || request.drivers.contains($0.name)
        }
        // 1: a case has failed.
        if request.tries, request.commands == nil || !request.cases.isEmpty {
            conformance = decode([ConformanceResult].self, "check", "storage check", accepting: [0, 1]) ?? []
        }
        // 1: a command has failed.
        if request.measures {
            benchmark = decode([BenchmarkResult].self, "bench", "storage bench", accepting: [0, 1]) ?? []
        }
        if problems.isEmpty { problems = gaps(request) }
        if let first = problems.first { throw LabError.noResult(first) }
    }

    /// What was asked for and is not in the result, though nothing has said why.
    private func gaps(_ request: Laboratory.Request) -> [String] {
        let working = drivers.filter { $0.reason == nil }.map(\.name)
        if working.isEmpty && request.drivers.isEmpty { return ["no storage driver works there"] }
        let all = request.commands == nil ? ConformanceKit.cases.map(\.id) : []
        let cases = Set(!request.tries ? [] : request.cases.isEmpty ? all : request.cases)
        let workloads = Set(
            !request.measures
                ? []
                : request.commands?.names
                    ?? (request.workloads.isEmpty ? Benchmark.workloadIDs : request.workloads))
        return working.flatMap { driver -> [String] in
            let tried = Set(conformance.filter { $0.driver == driver }.map(\.id))
            let measured = Set(benchmark.filter { $0.target == driver }.map(\.workload))
            return [
                cases.subtracting(tried).isEmpty
                    ? nil : "storage check tried \(tried.count) of \(cases.count) cases on \(driver)",
                workloads.subtracting(measured).isEmpty
                    ? nil
                    : "storage bench tried \(measured.count) of \(workloads.count) workloads on \(driver)",
            ].compactMap { $0 }
        }
    }

    /// The processors, as /proc/cpuinfo tells of them (proc_cpuinfo(5)): "2 × AMD EPYC".
    static func machine(_ text: String) -> String? {
        let models = text.split(separator: "\n").filter { $0.hasPrefix("model name") }
        guard let name = models.first?.split(separator: ":", maxSplits: 1).last else { return nil }
        let words = name.split { $0 == " " || $0 == "\t" }
        return "\(models.count) × \(words.joined(separator: " "))"
    }

    private static func trimmed(_ text: String) -> String {
        text.split(separator: "\n").first.map(String.init) ?? ""
    }
}
