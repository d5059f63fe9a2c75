/// How much work each workload does.
public enum BenchmarkSize: String, Sendable, CaseIterable {
    /// A few seconds for each driver, a minute on a kernel without hardware: what `storage compare` runs.
    case small
    /// What the numbers in documents are from.
    case full

    /// Small files in a tree.
    var files: Int { self == .small ? 1000 : 10_000 }
    /// Bytes that are streamed.
    var stream: Int { self == .small ? 8 << 20 : 64 << 20 }
    /// Bytes of the largest file that is copied up.
    var large: Int { self == .small ? 32 << 20 : 256 << 20 }
    /// Layers below a root.
    var depths: [Int] { self == .small ? [1, 16, 128] : [1, 16, 128, 500] }
    /// Files in the images of which one is changed.
    var images: [Int] { self == .small ? [100, 2000] : [1000, 100_000] }
    /// Containers at once.
    var crowd: Int { 8 }
    /// Repetitions, after one that does not count.
    var repetitions: Int { self == .small ? 5 : 11 }
}
