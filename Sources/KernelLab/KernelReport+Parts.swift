internal import DriverBenchmark
internal import DriverConformance
internal import FoundationEssentials

extension KernelReport {
    private struct Information: Decodable {
        struct System: Decodable { let type: String }
        let drivers: [KernelReport.Driver]
        let fileSystem: System
    }

    /// Takes over what the parts of a guest's result say.
    mutating func take(_ text: String) {
        var parts: [String: String] = [:]
        var name = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("== ") {
                name = String(line.dropFirst(3))
            } else {
                parts[name, default: ""] += line + "\n"
            }
        }
        func decode<Value: Decodable>(_ type: Value.Type, _ part: String) -> Value? {
            try? JSONDecoder().decode(type, from: Data((parts[part] ?? "").utf8))
        }
        release = parts["release"].map(Self.trimmed)
        let spoken = parts["limits"].map(Self.trimmed) ?? ""
        limits = spoken.isEmpty ? "refused" : spoken
        let information = decode(Information.self, "info")
        fileSystem = information?.fileSystem.type
        drivers = information?.drivers ?? []
        conformance = decode([ConformanceResult].self, "check") ?? []
        benchmark = decode([BenchmarkResult].self, "bench") ?? []
    }

    private static func trimmed(_ text: String) -> String {
        text.split(separator: "\n").first.map(String.init) ?? ""
    }
}
