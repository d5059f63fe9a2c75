public import Core
internal import Glibc
public import SystemPackage

/// The benchmark of storage drivers: the same workloads on each, and on the bare file system that they work on.
///
/// The roots take turns within every repetition, so that what else the machine does meanwhile hits them alike. Only
/// ratios to the bare file system of the same run say something. Needs root.
public struct Benchmark: Sendable {
    /// The workloads, in the order in which they are reported.
    public let workloads: [Workload]
    private let roots: [any BenchmarkRoot]
    private let repetitions: Int

    /// A benchmark of `drivers` on the file system of `store`, which should be an empty one: it is filled.
    ///
    /// - Parameters:
    ///   - program: a mydocker that knows the drivers, for what is measured with whole containers.
    ///   - repetitions: how often each workload counts; nil for what the size says.
    /// - Throws: ``SystemCallError``.
    public init(
        _ drivers: [any StorageDriver], in store: Store, program: FilePath, size: BenchmarkSize,
        repetitions: Int? = nil
    ) throws {
        let place = store.root.appending("benchmark")
        try Files.makeDirectories(place, mode: 0o700)
        self.repetitions = repetitions ?? size.repetitions
        roots =
            [BareRoot(directory: place)]
            + drivers.map { DriverRoot(snapshots: SnapshotStore(store, driver: $0), directory: place) }
        let containers = ContainerWorkloads(program: program, store: store, place: place, size: size)
        workloads = containers.start + MountWorkloads.all(size) + FileWorkloads.all(size) + containers.images
    }

    /// The workloads' names, the same for every size of them.
    public static var workloadIDs: [String] {
        let containers = ContainerWorkloads(program: "", store: Store(at: "/"), place: "/", size: .small)
        return (containers.start + MountWorkloads.all(.small) + FileWorkloads.all(.small) + containers.images)
            .map(\.id)
    }

    /// Measures one workload.
    ///
    /// - Returns: a result for the bare file system and for each driver.
    public func run(_ workload: Workload) -> [BenchmarkResult] {
        var values = [[Double]](repeating: [], count: roots.count)
        var reasons = [String?](repeating: nil, count: roots.count)
        if !workload.hasBare { reasons[0] = "there is nothing like it without a driver" }
        let count = min(repetitions, workload.repetitions)
        // The first does not count, unless there is only one: it warms caches up.
        for repetition in (count == 1 ? 1 : 0)...count {
            for (index, root) in roots.enumerated() where reasons[index] == nil {
                do {
                    let value = try workload.measure(root)
                    if repetition > 0 { values[index].append(value) }
                } catch { reasons[index] = Self.reason(error) }
            }
        }
        let bare = values[0].isEmpty ? nil : Samples(values[0])
        return roots.indices.map { index in
            let samples = reasons[index] == nil ? Samples(values[index]) : nil
            return BenchmarkResult(
                workload: workload.id, title: workload.title, unit: workload.unit, target: roots[index].name,
                better: workload.unit == "share" ? .more : nil, samples: samples,
                ratio: samples?.ratio(to: bare),
                p: index == 0 ? nil : bare.flatMap { samples?.p(against: $0) }, reason: reasons[index])
        }
    }

    /// What people are told of an error.
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NotMeasured: error.reason
        case let error as CommandFailed: error.reason
        case let error as any Explained: error.explanation.problem
        default: "\(error)"
        }
    }
}
