internal import CLinux
internal import Core
internal import DriverComparison
internal import Glibc
internal import SystemPackage

extension Laboratory {
    /// Boots a kernel that does it.
    func boot(_ kernel: LabKernel, _ cgroups: CgroupLayout, _ entry: inout KernelReport) throws {
        progress("\(kernel.name): packing")
        let machine = place.appending("machine")
        try Files.makeDirectory(machine, mode: 0o700)
        defer { try? TreeRemoval.remove(machine) }
        let disks = try GuestDisks(in: machine, image: request.commands?.archive)
        let modules = (kernel.modules() ?? request.modules).map { KernelModules(in: $0).contents() } ?? []
        let names = modules.indices.map { "\($0).ko" }
        let isUserMode = if case .userMode = kernel { true } else { false }
        let devices = isUserMode ? "/dev/ubd" : "/dev/vd"
        let script = BootScript(
            disks: ("\(devices)a", "\(devices)b"), modules: names, cgroups: cgroups,
            work: GuestScript(
                check: checkOptions, bench: benchOptions(archive: FilePath("\(devices)c"))))
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
            entry.machine = Self.machine.map { accelerator.isEmpty ? $0 : "\($0) (\(accelerator))" }
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
        case .host, .machine: return []
        case .userMode(let path):
            return [path.string, "mem=1G"]
                + disks.all.enumerated().map { "ubd\($0.offset)=\($0.element)" }
                + [
                    "initrd=\(initramfs)", "rdinit=/init", "con=null", "con0=null,fd:1", "quiet", "panic=-1",
                ]
        case .image(let path), .package(_, let path):
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
