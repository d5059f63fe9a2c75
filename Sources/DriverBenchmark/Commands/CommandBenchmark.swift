public import Core
internal import Glibc
public import SystemPackage

/// The benchmark of a user's own commands: in a container of the user's image on each driver, and on the bare tree.
///
/// Every sample has a container of its own with a fresh root; "bare" is one on the unpacked tree of the image, which is put
/// back in between, file by file, as far as it was changed. The roots take turns within every repetition, and the
/// first repetition does not count. Needs root.
public struct CommandBenchmark: Sendable {
    /// What is measured.
    public struct Request: Sendable {
        /// The commands.
        public var commands: [UserCommand] = []
        /// How often each counts.
        public var times = 5
        /// How many containers of the image are started at once, each such number in turn.
        public var crowds: [Int] = []

        /// A request for nothing yet.
        public init() {}

        /// What the results are called, in their order.
        public var workloads: [String] { commands.map(\.name) + crowds.map { "crowd-\($0)" } }
    }

    private let host: CommandHost
    private let roots: [CommandRoot]
    private let request: Request

    /// A benchmark of `drivers` in `store`, which holds the image.
    ///
    /// - Parameters:
    ///   - image: its name or ID.
    ///   - place: an empty directory.
    ///   - program: a mydocker that knows the drivers, and `bind`, which makes the bare tree.
    public init(
        _ drivers: [any StorageDriver], of image: String, in store: Store, place: FilePath, program: FilePath,
        _ request: Request
    ) {
        host = CommandHost(program: program, store: store, place: place, image: image)
        roots =
            [CommandRoot(name: "bare", driver: "bind", isBare: true)]
            + drivers.map { CommandRoot(name: $0.name, driver: $0.name, isBare: false) }
        self.request = request
    }

    /// Measures one command.
    ///
    /// - Returns: a result for each measure, and in it for the bare tree and for each driver.
    public func run(_ command: UserCommand) -> [BenchmarkResult] {
        let measures = [Measure.wall] + command.metrics.map { Measure($0) } + Measure.all.dropFirst()
        var series = roots.map { _ in Series() }
        // The first does not count, unless there is only one: it warms caches up.
        for repetition in (request.times == 1 ? 1 : 0)...request.times {
            for (index, root) in roots.enumerated() where series[index].isWorthMore {
                do {
                    let values = try sample(command, on: root)
                    if repetition > 0 { series[index].samples.append(values) }
                } catch { series[index].add(error) }
            }
        }
        do { try CommandRoot.clear(roots, host) } catch { series[0].add(error) }
        return results(command.name, command.text, measures, series)
    }

    /// Starts so many containers at once.
    ///
    /// - Returns: as ``run(_:)``.
    public func run(crowd count: Int) -> [BenchmarkResult] {
        let crowd = Crowd(host: host, count: count)
        var series = roots.map { _ in Series() }
        let times = min(request.times, 3)
        for repetition in (times == 1 ? 1 : 0)...times {
            for (index, root) in roots.enumerated() where series[index].isWorthMore {
                do {
                    let values = try crowd.sample(root)
                    if repetition > 0 { series[index].samples.append(values) }
                } catch { series[index].add(error) }
            }
        }
        return results(
            "crowd-\(count)", "\(count) containers of the image at once",
            [Measure.starts, .share, .copies], series)
    }

    /// What was measured on one root.
    private struct Series {
        var samples: [[String: Double]] = []
        var dropped: Int?
        var reason: String?

        /// False if it has failed before anything was measured: it would fail again.
        var isWorthMore: Bool { reason == nil || !samples.isEmpty }

        mutating func add(_ error: any Error) {
            reason = Benchmark.reason(error)
            // What cannot be measured here has not failed.
            if !(error is NotMeasured) { dropped = (dropped ?? 0) + 1 }
        }
    }

    private func results(
        _ name: String, _ title: String, _ measures: [Measure], _ series: [Series]
    ) -> [BenchmarkResult] {
        measures.flatMap { measure in
            let samples = series.map { one -> Samples? in
                let values = one.samples.compactMap { $0[measure.name] }
                return values.isEmpty ? nil : Samples(values)
            }
            return roots.indices.compactMap { index -> BenchmarkResult? in
                // What no root has is nothing to speak of, but for the first measure.
                if measure != measures[0], samples.allSatisfy({ $0 == nil }) { return nil }
                return BenchmarkResult(
                    workload: name, title: title, unit: measure.unit, target: roots[index].name,
                    measure: measure.name, better: measure.better == .more ? .more : nil,
                    samples: samples[index], ratio: samples[index]?.ratio(to: samples[0]),
                    p: index == 0 ? nil : samples[0].flatMap { samples[index]?.p(against: $0) },
                    dropped: series[index].dropped,
                    reason: measure == measures[0] ? series[index].reason : nil)
            }
        }
    }

    /// Measures a command once.
    private func sample(_ command: UserCommand, on root: CommandRoot) throws -> [String: Double] {
        try root.withContainer(host) { container, started in
            var values = [Measure.start.name: started]
            if let setup = command.setup { try container.run(setup, as: "--setup") }
            let device = try? DeviceWrites(of: host.store.root)
            let copied = try container.withRoot { try $0.copyUps() }
            let written = try device?.settled()
            let (usage, output) = try container.measure(command.text)
            if let device, let written { values[Measure.written.name] = try device.settled() - written }
            if let copied {
                values[Measure.copyUps.name] = Double(
                    (try container.withRoot { try $0.copyUps() } ?? copied) - copied)
            }
            values[Measure.wall.name] = usage.wall
            values[Measure.user.name] = usage.user
            values[Measure.system.name] = usage.system
            values[Measure.memory.name] = Double(usage.memory)
            for metric in command.metrics { values[metric.name] = metric.value(in: output) }
            if let check = command.check { try container.run(check, as: "--check") }
            return values
        }
    }
}
