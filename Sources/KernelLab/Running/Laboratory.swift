internal import CLinux
internal import Core
internal import DriverBenchmark
public import DriverComparison
internal import DriverConformance
internal import Glibc
public import SystemPackage

/// Runs the conformance kit and the benchmark on any number of kernels: `storage compare`.
///
/// Each is booted with mydocker, what that is linked with, busybox and the kernel's modules in memory, and two disks
/// of its own: one to work on, one to write the results to. Nothing of this machine is given to it. One that does not
/// boot, hangs or panics is a line in the report. Must be used while the process has a single thread.
public struct Laboratory {
    /// What is asked for.
    public struct Request {
        /// The kernels.
        public var kernels: [LabKernel] = []
        /// The drivers; empty for all that work on a kernel.
        public var drivers: [String] = []
        /// The conformance cases; empty for all.
        public var cases: [String] = []
        /// The workloads; empty for all.
        public var workloads: [String] = []
        /// How many seconds each kernel may take.
        public var limit = 900
        /// False to measure alone.
        public var tries = true
        /// False to try cases alone.
        public var measures = true
        /// What is measured instead of the built-in workloads; nil for those.
        public var commands: Commands?
        /// The types of the file systems that are made to measure on; empty for none.
        public var backings: [String] = []
        /// Programs of this machine that make file systems (mkfs): those that there are come along.
        public var makers: [String] = []
        /// Storage drivers that are programs of their own, which come along too.
        public var driverPrograms: [FilePath] = []
        /// Where modules are that are not found beside their kernels.
        public var modules: FilePath?

        /// A request for nothing yet.
        public init() {}
    }

    /// The user's own commands, and the image that they are run in.
    public struct Commands: Sendable {
        /// What `storage bench` is given for it.
        public let words: [String]
        /// The names of what is measured.
        public let names: [String]
        /// A docker-archive with the image, which travels to every kernel.
        public let archive: FilePath

        /// Commands.
        public init(words: [String], names: [String], archive: FilePath) {
            (self.words, self.names, self.archive) = (words, names, archive)
        }
    }

    let request: Request
    let place: FilePath
    let progress: (String) -> Void

    /// A laboratory that works in `place`, an empty directory.
    ///
    /// - Parameter progress: called with what is being done.
    public init(_ request: Request, in place: FilePath, progress: @escaping (String) -> Void) {
        self.request = request
        self.place = place
        self.progress = progress
    }

    /// Does it, one kernel after the other.
    ///
    /// - Throws: ``LabError`` or ``SystemCallError`` if nothing can be tried at all.
    public func run() throws -> ComparisonReport {
        var report = ComparisonReport()
        report.made = Self.now()
        for index in request.kernels.indices { report.kernels.append(try examine(index)) }
        return report
    }

    /// Does it on one of the kernels.
    ///
    /// - Returns: what came of it; why nothing did is part of that.
    /// - Throws: as ``run()`` does.
    public func examine(_ index: Int) throws -> KernelReport {
        let kernel = request.kernels[index]
        var entry = KernelReport(name: kernel.name, word: kernel.word, cgroups: "host")
        let start = time(nil)
        do {
            switch kernel {
            case .host: try runHere(&entry)
            case .machine(let machine): try run(on: machine, &entry)
            case .userMode, .image, .package:
                // Not the same for all: each kind is met somewhere.
                let layouts = CgroupLayout.allCases
                let layout = layouts[request.kernels[..<index].count(where: \.isBooted) % layouts.count]
                entry.cgroups = layout.rawValue
                try boot(kernel, layout, &entry)
            }
        } catch LabError.interrupted {
            throw LabError.interrupted
        } catch {
            entry.problem = error.problem
        }
        // One that needs another file system than the store's has got that.
        let works = Set(
            entry.drivers.filter { $0.reason == nil }.map(\.name)
                + entry.benchmark.filter { $0.samples != nil }.map(\.target)
                + entry.conformance.filter { $0.verdict != .skipped }.map(\.driver))
        entry.missing = entry.problem == nil ? request.drivers.filter { !works.contains($0) } : []
        entry.seconds = Int(time(nil) - start)
        return entry
    }

    /// The time in UTC, as ISO 8601 writes it.
    static func now() -> String {
        var (seconds, parts) = (time(nil), tm())
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Nil if nothing is to be tried: somebody's own commands are measured alone, unless cases are named.
    var checkOptions: [String]? {
        if !request.tries || request.commands != nil && request.cases.isEmpty { return nil }
        return ["--skip-unsupported"] + request.cases.flatMap { ["--case", $0] } + request.drivers
    }

    /// Nil if nothing is to be measured.
    ///
    /// - Parameter archive: where the image is.
    func benchOptions(archive: FilePath?) -> [String]? {
        guard request.measures else { return nil }
        var words = ["--skip-unsupported"] + request.drivers.flatMap { ["--driver", $0] }
        if !request.backings.isEmpty { words += ["--backing", request.backings.joined(separator: ",")] }
        guard let commands = request.commands, let archive else {
            return words + ["--size", "small"] + request.workloads.flatMap { ["--workload", $0] }
        }
        return words + commands.words + ["--archive", archive.string]
    }

    /// When what is begun now has to be done, as time(2) has it.
    var deadline: Int { time(nil) + request.limit }
    var late: LabError { .noResult("did not end within \(request.limit) s") }
}
