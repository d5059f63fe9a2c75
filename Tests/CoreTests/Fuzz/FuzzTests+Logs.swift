import Testing

@testable import Engine
@testable import Host

extension FuzzTests {
    @Test("log: what is written is read, and whatever is there instead is read without harm")
    func logs() throws {
        try FuzzRun(target: "log", cases: 300, share: 4)() { random in
            var options = ContainerLogOptions()
            options.driver = .k8sFile
            options.maxSize = Int64.random(in: 4000...50_000, using: &random)
            options.maxFiles = ContainerLogOptions.mostFiles
            let scene = try LogScene(options)
            var writer = try scene.writer()
            var said: [ContainerLogStream: [UInt8]] = [:]
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                let stream = random.next() & 1 == 0 ? ContainerLogStream.stdout : .stderr
                let size =
                    Int.random(in: 0...20, using: &random) == 0
                    ? 40_000 : Int.random(in: 0...90, using: &random)
                let bytes = (0..<size).map { _ -> UInt8 in
                    let number: UInt64 = random.next()
                    return number & 0x1f == 0 ? 0x0a : UInt8(truncatingIfNeeded: number >> 8)
                }
                said[stream, default: []] += bytes
                writer.write(bytes, from: stream, at: Int64.random(in: .min ... .max, using: &random))
            }
            writer.endStreams(at: 0)
            var heard: [ContainerLogStream: [UInt8]] = [:]
            for entry in try scene.entries() { heard[entry.stream, default: []] += entry.text }
            for stream in [ContainerLogStream.stdout, .stderr] {
                try FuzzFailure.check(said[stream] ?? [] == heard[stream] ?? [], "\(stream) of \(options)")
            }
            // Bytes that something has turned over, in both forms.
            var line = Array(
                "{\"log\":\"a\\u00e9\\n\",\"x\":[1,{}],\"stream\":\"stdout\",\"time\":\"2026-01-01T00:00:00.5Z\"}"
                    .utf8)
            if random.next() & 1 == 0 { line = Array("2026-01-01T00:00:00.5+01:00 stderr F text".utf8) }
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0..<line.count, using: &random)
                line[place] = Array("{}[]\",:\\u0d8-.+TZ \0\u{ff}9".utf8).randomElement(using: &random) ?? 0
            }
            line.removeLast(Int.random(in: 0...line.count, using: &random) / 8)
            if let entry = ContainerLogEntry(line[...]) {
                try FuzzFailure.check(entry.text.count <= 3 * line.count, "\(line)")
            }
        }
    }
}
