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
        /// Programs of this machine that drivers need to make their file systems (mkfs): those that there are come along.
        public var makers: [String] = []
        /// Where modules are that are not found beside their kernels.
        public var modules: FilePath?

        /// A request for nothing yet.
        public init() {}
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

    private var checkOptions: [String] {
        ["--skip-unsupported"] + request.cases.flatMap { ["--case", $0] } + request.drivers
    }

    private var benchOptions: [String] {
        ["--skip-unsupported", "--size", "small"] + request.workloads.flatMap { ["--workload", $0] }
            + request.drivers.flatMap { ["--driver", $0] }
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
        try Self.copy(try Self.busybox(), to: rootFS.appending("busybox"))
        let run = ["run", "--rootfs", rootFS.string, "--storage", "bind", "-m", "64m", "--pids-limit", "50"]
        try entry.take(
            ReportPart.text("release", release)
                + (try part("info", ["storage", "info", "--json"]))
                + (try part("limits", run + ["/busybox", "echo", "applied"]))
                + (try part("check", ["storage", "check", "--json"] + checkOptions))
                + (try part("bench", ["storage", "bench", "--json"] + benchOptions)),
            request)
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
        let disks = try makeDisks(in: machine)
        let modules = (kernel.modules() ?? request.modules).map { KernelModules(in: $0).contents() } ?? []
        let names = modules.indices.map { "\($0).ko" }
        let isUserMode = if case .userMode = kernel { true } else { false }
        let script = GuestScript(
            disks: isUserMode ? ("/dev/ubda", "/dev/ubdb") : ("/dev/vda", "/dev/vdb"), modules: names,
            cgroups: cgroups, check: checkOptions, bench: benchOptions)
        let initramfs = machine.appending("initramfs")
        try pack(script, zip(names, modules).map { $0 }, to: initramfs)
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

    private func makeDisks(in machine: FilePath) throws -> (scratch: FilePath, result: FilePath) {
        let disks = (scratch: machine.appending("scratch"), result: machine.appending("result"))
        for (path, size) in [(disks.scratch, off_t(8) << 30), (disks.result, off_t(16) << 20)] {
            let file = try Descriptor(path, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
            guard ftruncate(file.rawValue, size) == 0 else {
                throw SystemCallError("ftruncate", path, errno: .current)
            }
        }
        // Without it the guest works in memory.
        let maker = ["/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4"].first { Files.exists(FilePath($0)) }
        if let maker { _ = try Command([maker, "-q", "-F", disks.scratch.string]).output() }
        return disks
    }

    private func pack(_ script: GuestScript, _ modules: [(String, [UInt8])], to file: FilePath) throws {
        var archive = Initramfs()
        archive.addFile("init", Array(GuestScript.first.utf8), mode: 0o755)
        archive.addFile("main", Array(script.main.utf8), mode: 0o755)
        try archive.addFile("bin/busybox", from: Self.busybox())
        for path in try ProgramFiles.all(of: FilePath(Files.readLink("/proc/self/exe"))) {
            let isProgram = archive.bytes.count > 0 && path.lastComponent?.string.contains(".so") != true
            try archive.addFile(isProgram ? "bin/mydocker" : String(path.string.dropFirst()), from: path)
        }
        for maker in request.makers {
            let places = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"].map { FilePath("\($0)/\(maker)") }
            guard let file = places.first(where: Files.exists) else { continue }
            for path in try ProgramFiles.all(of: file) {
                let name = path == file ? "bin/\(maker)" : String(path.string.dropFirst())
                try archive.addFile(name, from: path)
            }
        }
        for (name, content) in modules { archive.addFile("modules/\(name)", content) }
        archive.finish()
        let output = try Descriptor(file, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        try output.write(archive.bytes, subject: file.string)
    }

    /// What QEMU may run on, the best first.
    private static var accelerators: [String] { Files.exists("/dev/kvm") ? ["kvm", "tcg"] : ["tcg"] }
    /// How many seconds a kernel on hardware has for its first sign of life.
    private static let patience = 20

    private static func command(
        _ kernel: LabKernel, _ accelerator: String, _ initramfs: FilePath,
        _ disks: (scratch: FilePath, result: FilePath)
    ) throws -> [String] {
        switch kernel {
        case .host: return []
        case .userMode(let path):
            return [
                path.string, "mem=1G", "ubd0=\(disks.scratch)", "ubd1=\(disks.result)", "initrd=\(initramfs)",
                "rdinit=/init", "con=null", "con0=null,fd:1", "quiet", "panic=-1",
            ]
        case .image(let path):
            guard Files.exists("/usr/bin/qemu-system-x86_64") else {
                throw LabError.noProgram("qemu-system-x86_64", package: "qemu-system-x86")
            }
            return [
                "/usr/bin/qemu-system-x86_64", "-M", "q35", "-accel", accelerator, "-cpu", "max",
                "-m",
                "2048", "-smp", "2", "-nographic", "-no-reboot", "-nic", "none", "-kernel", path.string,
                "-initrd",
                initramfs.string, "-append", "console=ttyS0 quiet panic=-1 rdinit=/init", "-drive",
                "file=\(disks.scratch),if=virtio,format=raw,cache=unsafe", "-drive",
                "file=\(disks.result),if=virtio,format=raw",
            ]
        }
    }

    private static func busybox() throws -> FilePath {
        guard
            let path = ["/bin/busybox", "/usr/bin/busybox"].map({ FilePath($0) }).first(where: Files.exists)
        else {
            throw LabError.noProgram("busybox", package: "busybox-static")
        }
        return path
    }

    private static func copy(_ path: FilePath, to target: FilePath) throws {
        let content = try Descriptor(path, O_RDONLY).readAll(limit: 1 << 30, subject: path.string)
        let file = try Descriptor(target, O_WRONLY | O_CREAT | O_EXCL, mode: 0o755)
        try file.write(content, subject: target.string)
    }
}
