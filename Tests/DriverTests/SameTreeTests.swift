import Glibc
import SystemPackage
import Testing

@testable import DriverKit
@testable import Layers

/// Random layers, one on the other: whatever is in them, every driver shows the same tree, or all refuse them.
@Suite("The same layers are the same tree")
struct SameTreeTests {
    /// What a driver shows of the layers, and which of them it refuses.
    private func describe(_ layers: [[UInt8]], _ driver: any StorageDriver) throws -> Set<String> {
        let bench = try DiffBench(driver)
        var refused: Set<String> = []
        for (number, layer) in layers.enumerated() {
            do { try bench.addUnpacked(layer) } catch is ImageError {
                refused.insert("layer \(number) is refused")
            }
        }
        // A file that is copied up loses its other names in lower layers with some drivers: links are not compared.
        let tree = try bench.describeLayers().filter { !$0.hasPrefix("link ") }
        return refused.union(
            tree.map { $0.hasPrefix("d ") ? $0 : $0.split(separator: " ").dropLast().joined(separator: " ") })
    }

    @Test("whatever is in them", arguments: 0..<100)
    func random(seed: UInt64) throws {
        var maker = LayerMaker(seed)
        let layers = try (0..<4).map { try maker.layer(isFirst: $0 == 0) }
        let names = Drivers.all.keys.filter { Drivers.unsupported[$0] == nil }.sorted()
        let all = try names.map { try describe(layers, #require(Drivers.all[$0])) }
        for (name, tree) in zip(names, all).dropFirst() {
            let difference = tree.symmetricDifference(all[0]).sorted()
            #expect(difference == [], "\(name) and \(names[0]), seed \(seed): \(maker.log)")
        }
    }
}

/// Makes small layers of few names, so that these meet.
private struct LayerMaker {
    private(set) var log: [String] = []
    private var state: UInt64
    private var bytes: [UInt8] = []
    private static let names = ["a", "b", "c"]

    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

    /// xorshift64.
    private mutating func next(_ count: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 33) % count
    }

    private mutating func path() -> String {
        (0...next(3)).map { _ in Self.names[next(3)] }.joined(separator: "/")
    }

    mutating func layer(isFirst: Bool) throws -> [UInt8] {
        bytes = []
        log.append("--")
        for number in 0..<(3 + next(6)) {
            let path = path()
            switch next(isFirst ? 7 : 11) {
            case 0, 1: try add(path, .directory, number)
            case 2, 3: try add(path, .file(size: 1, segments: nil), number)
            case 4:
                try add(path, .symbolicLink(target: Array(["/a", "../b", "c/a", "."][next(4)].utf8)), number)
            case 5: try add(path, .hardLink(target: Array(self.path().utf8)), number)
            case 6: try add(path, .fifo, number)
            case 7, 8: try add(mark(path), .file(size: 0, segments: nil), number)
            case 9: try add(path + "/.wh..wh..opq", .file(size: 0, segments: nil), number)
            default: try add(path, .hardLink(target: Array(self.path().utf8)), number)
            }
        }
        return bytes + [UInt8](repeating: 0, count: 1024)
    }

    private func mark(_ path: String) -> String {
        var parts = path.split(separator: "/").map(String.init)
        parts.append(".wh." + parts.removeLast())
        return parts.joined(separator: "/")
    }

    private mutating func add(_ path: String, _ kind: TarEntry.Kind, _ number: Int) throws {
        log.append("\(path) \(kind)")
        let mode: UInt32 = [0o755, 0o700, 0o1777][next(3)]
        let entry = TarEntry(
            path: Array(path.utf8), kind: kind, mode: mode, owner: UInt32(next(3)), group: 0,
            modified: TarTime(seconds: Int64(1000 + next(1000))))
        var written: [UInt8] = []
        let writer = TarWriter { written += $0 }
        try writer.write(entry)
        if case .file(let size, _) = kind, size > 0 {
            try [UInt8(65 + next(20))].withUnsafeBytes { try writer.write(data: $0) }
            try writer.endData(1)
        }
        bytes += written
    }
}
