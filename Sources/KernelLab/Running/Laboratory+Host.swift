internal import Core
internal import DriverComparison
internal import Glibc
internal import SystemPackage

extension Laboratory {
    /// Does it here, in a store of its own.
    func runHere(_ entry: inout KernelReport) throws {
        var environment = ["MYDOCKER_ROOT=\(place.appending("host"))"]
        if let path = getenv(ExecutableDrivers.variable) {
            environment.append("\(ExecutableDrivers.variable)=\(String(cString: path))")
        }
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
        let rootFS = place.appending("rootfs")
        try Files.makeDirectory(rootFS)
        try GuestFiles.copy(try GuestFiles.busybox(), to: rootFS.appending("busybox"))
        let run = ["run", "--rootfs", rootFS.string, "--storage", "bind", "-m", "64m", "--pids-limit", "50"]
        entry.machine = Self.machine
        var text = ReportPart.text("release", HostInformation().kernel)
        text += try part("info", ["storage", "info", "--json"])
        text += try part("limits", run + ["/busybox", "echo", "applied"])
        if let checkOptions { text += try part("check", ["storage", "check", "--json"] + checkOptions) }
        if let options = benchOptions(archive: request.commands?.archive) {
            text += try part("bench", ["storage", "bench", "--json"] + options)
        }
        try entry.take(text, request)
    }

    /// What this machine is.
    static var machine: String? {
        (try? Files.read("/proc/cpuinfo")).flatMap(KernelReport.machine)
    }
}
