internal import CLinux
internal import Core
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

    private let request: Request
    private let place: FilePath
    private let progress: (String) -> Void

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
    public func run() throws -> LabReport {
        var report = LabReport()
        // Not the same for all: each kind is met somewhere.
        var layouts = CgroupLayout.allCases
        for kernel in request.kernels {
            var entry = KernelReport(name: kernel.name, seconds: 0, cgroups: "host")
            let start = time(nil)
            do {
                if kernel == .host {
                    try runHere(&entry)
                } else {
                    let layout = layouts.removeFirst()
                    layouts.append(layout)
                    entry.cgroups = layout.rawValue
                    try boot(kernel, layout, &entry)
                }
            } catch LabError.interrupted {
                throw LabError.interrupted
            } catch {
                entry.problem = error.problem
            }
            let works = Set(entry.drivers.filter { $0.reason == nil }.map(\.name))
            entry.missing = request.drivers.filter { !works.contains($0) }
            entry.seconds = Int(time(nil) - start)
            report.kernels.append(entry)
        }
        return report
    }

    /// Nil if nothing is to be tried: somebody's own commands are measured alone, unless cases are named.
    private var checkOptions: [String]? {
        if request.commands != nil && request.cases.isEmpty { return nil }
        return ["--skip-unsupported"] + request.cases.flatMap { ["--case", $0] } + request.drivers
    }

    /// - Parameter archive: where the image is.
    private func benchOptions(archive: FilePath?) -> [String] {
        var words = ["--skip-unsupported"] + request.drivers.flatMap { ["--driver", $0] }
        if !request.backings.isEmpty { words += ["--backing", request.backings.joined(separator: ",")] }
        guard let commands = request.commands, let archive else {
            return words + ["--size", "small"] + request.workloads.flatMap { ["--workload", $0] }
        }
        return words + commands.words + ["--archive", archive.string]
    }

    // MARK: This kernel

    private func runHere(_ entry: inout KernelReport) throws {
        let environment = ["MYDOCKER_ROOT=\(place.appending("host"))"]
        let deadline = deadline
        let errors = place.appending("errors")
        func part(_ name: String, _ words: [String]) throws -> String {
            progress("host: \(name)")
            let outcome = try Command(
                ["/proc/\(getpid())/exe"] + words, environment: environment, errors: errors
            ).output(limit: deadline - time(nil))
            if outcome.isLate { throw late }
            let said = (try? Files.read(errors)) ?? ""
            return ReportPart.text(
                name, outcome.text, status: outcome.shellStatus,
                error: said.split(separator: "\n").last.map(String.init) ?? "")
        }
        var names = utsname()
        uname(&names)
        let release = withUnsafeBytes(of: &names.release) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        let rootFS = place.appending("rootfs")
        try Files.makeDirectory(rootFS)
        try GuestFiles.copy(try GuestFiles.busybox(), to: rootFS.appending("busybox"))
        let run = ["run", "--rootfs", rootFS.string, "--storage", "bind", "-m", "64m", "--pids-limit", "50"]
        var text = ReportPart.text("release", release)
        text += try part("info", ["storage", "info", "--json"])
        text += try part("limits", run + ["/busybox", "echo", "applied"])
        if let checkOptions { text += try part("check", ["storage", "check", "--json"] + checkOptions) }
        let options = benchOptions(archive: request.commands?.archive)
        text += try part("bench", ["storage", "bench", "--json"] + options)
        try entry.take(text, request)
    }

    /// When what is begun now has to be done, as time(2) has it.
    private var deadline: Int { time(nil) + request.limit }
    private var late: LabError { .noResult("did not end within \(request.limit) s") }

    // MARK: Others

    private func boot(_ kernel: LabKernel, _ cgroups: CgroupLayout, _ entry: inout KernelReport) throws {
        progress("\(kernel.name): packing")
        let machine = place.appending("machine")
        try Files.makeDirectory(machine, mode: 0o700)
        defer { try? TreeRemoval.remove(machine) }
        let disks = try GuestDisks(in: machine, image: request.commands?.archive)
        let modules = (kernel.modules() ?? request.modules).map { KernelModules(in: $0).contents() } ?? []
        let names = modules.indices.map { "\($0).ko" }
        let isUserMode = if case .userMode = kernel { true } else { false }
        let devices = isUserMode ? "/dev/ubd" : "/dev/vd"
        let script = GuestScript(
            disks: ("\(devices)a", "\(devices)b"), modules: names, cgroups: cgroups, check: checkOptions,
            bench: benchOptions(archive: FilePath("\(devices)c")))
        let initramfs = machine.appending("initramfs")
        var files = try GuestFiles(makers: request.makers, drivers: request.driverPrograms)
        files.add(script, zip(names, modules).map { $0 })
        try files.write(to: initramfs)
        var lines: [String] = []
        let environment = ["TMPDIR=\(machine)", "HOME=\(machine)"]
        var outcome = Command.Outcome()
        let deadline = deadline
        for accelerator in isUserMode ? [""] : Self.accelerators {
            progress("\(kernel.name): booting\(accelerator.isEmpty ? "" : " (\(accelerator))")")
            lines = []
            let words = try Self.command(kernel, accelerator, initramfs, disks)
            var hasSpoken = false
            // Hardware that is there and does not work is silent, or ends at once.
            outcome = try Command(words, environment: environment, isIsolated: true).output(
                limit: deadline - time(nil), patience: accelerator == "kvm" ? Self.patience : request.limit
            ) { line in
                lines.append(line)
                guard let range = line.ranges(of: GuestScript.mark).first else { return false }
                hasSpoken = true
                progress("\(kernel.name): \(line[range.upperBound...])")
                return true
            }
            if hasSpoken { break }
        }
        let bytes = try Descriptor(disks.result, O_RDONLY).readAll(limit: 16 << 20, subject: "the result")
        let result = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        guard result.contains(GuestScript.end) else {
            entry.lastLines = Array(lines.filter { !$0.isEmpty }.suffix(20))
            if let panic = KernelPanic(in: lines) {
                entry.lastLines = Array(panic.before.filter { !$0.isEmpty }.suffix(20))
                throw LabError.noResult(panic.text)
            }
            throw outcome.isLate
                ? late : .noResult("ended without a result; its last lines are in the report")
        }
        try entry.take(result, request)
    }

    /// What QEMU may run on, the best first.
    private static var accelerators: [String] { Files.exists("/dev/kvm") ? ["kvm", "tcg"] : ["tcg"] }
    /// How many seconds a kernel on hardware has for its first sign of life.
    private static let patience = 20

    private static func command(
        _ kernel: LabKernel, _ accelerator: String, _ initramfs: FilePath,
        _ disks: GuestDisks
    ) throws -> [String] {
        switch kernel {
        case .host: return []
        case .userMode(let path):
            return [path.string, "mem=1G"]
                + disks.all.enumerated().map { "ubd\($0.offset)=\($0.element)" }
                + [
                    "initrd=\(initramfs)", "rdinit=/init", "con=null", "con0=null,fd:1", "quiet", "panic=-1",
                ]
        case .image(let path):
            guard Files.exists("/usr/bin/qemu-system-x86_64") else {
                throw LabError.noProgram("qemu-system-x86_64", package: "qemu-system-x86")
            }
            return [
                "/usr/bin/qemu-system-x86_64", "-M", "q35", "-accel", accelerator, "-cpu", "max", "-m",
                "2048",
                "-smp", "2", "-nographic", "-no-reboot", "-nic", "none", "-kernel", path.string, "-initrd",
                initramfs.string, "-append", "console=ttyS0 quiet panic=-1 rdinit=/init",
            ]
                + disks.all.flatMap { ["-drive", "file=\($0),if=virtio,format=raw,cache=unsafe"] }
        }
    }
}
