internal import Core
internal import DriverComparison
internal import Glibc
internal import SystemPackage

extension Laboratory {
    /// Does it on another machine, over one connection of ssh(1); nothing of it stays there.
    func run(on machine: RemoteMachine, _ entry: inout KernelReport) throws {
        let address = machine.address
        guard Files.exists("/usr/bin/ssh") else { throw LabError.noProgram("ssh", package: "openssh-client") }
        progress("\(address): packing")
        let parts = place.appending("machine")
        try Files.makeDirectory(parts, mode: 0o700)
        defer { try? TreeRemoval.remove(parts) }
        let sent = try RemoteFiles(request, self, in: parts)
        let errors = parts.appending("errors")
        // Its keys and its agent.
        let kept = ["HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK"].compactMap { (name: String) -> String? in
            getenv(name).map { "\(name)=\(String(cString: $0))" }
        }
        progress("\(address): connecting")
        var lines: [String] = []
        let outcome = try Command(
            [
                "/usr/bin/ssh", "-T", "-o", "BatchMode=yes", "-o", "ServerAliveInterval=15", "--", address,
                sent.command,
            ], environment: kept, errors: errors, takesInput: true
        ).output(limit: request.limit) { line in
            lines.append(line)
            guard let words = Self.progress(in: line) else { return true }
            if !words.hasPrefix(RemoteScript.refused) { progress("\(address): \(words)") }
            return true
        } answer: { line in
            Self.progress(in: line).flatMap { sent.file(askedFor: $0) }
        }
        if outcome.isLate { throw late }
        let said = (try? Files.read(errors)) ?? ""
        let last = said.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
        for line in lines {
            guard let words = Self.progress(in: line), words.hasPrefix(RemoteScript.refused) else { continue }
            throw Self.refusal(String(words.dropFirst(RemoteScript.refused.count)), last)
        }
        guard let begin = lines.firstIndex(where: { $0.hasPrefix("== ") }), lines.contains(GuestScript.end)
        else {
            entry.lastLines = Array(lines.filter { !$0.isEmpty }.suffix(20))
            // ssh's own status (ssh(1)).
            if outcome.shellStatus == 255 {
                throw LabError.noResult(last.isEmpty ? "the connection was lost" : last)
            }
            let reason = last.isEmpty ? "" : ": \(last)"
            throw LabError.noResult("ended without a result\(reason)")
        }
        try entry.take(lines[begin...].joined(separator: "\n"), request)
    }

    private static func progress(in line: String) -> String? {
        line.ranges(of: GuestScript.mark).first.map { String(line[$0.upperBound...]) }
    }

    /// What the script there has refused, for people.
    private static func refusal(_ words: String, _ last: String) -> LabError {
        let word = words.prefix { $0 != " " }
        let rest = words.dropFirst(word.count + 1)
        let said = last.isEmpty ? "" : ": \(last)"
        let reason =
            switch word {
            case "root": "\(rest) is not root there, and only root can mount: name ssh://root@HOST"
            case "machine":
                "the machine is \(rest), and this mydocker is for \(HostInformation().architecture)"
            case "space":
                "no directory of /var/tmp, /tmp, /root and /var has \(rest) free: make room there, or take a smaller image"
            case "start": "a program cannot be started in \(rest)\(said)"
            default: "the connection was lost while it was sent \(word)\(said)"
            }
        return .noResult(reason)
    }
}

/// What another machine is sent.
private struct RemoteFiles {
    let command: String
    private let files: [RemoteScript.Part: FilePath]

    init(_ request: Laboratory.Request, _ laboratory: Laboratory, in place: FilePath) throws {
        var files: [RemoteScript.Part: FilePath] = [.busybox: try GuestFiles.busybox()]
        files[.files] = place.appending("files")
        files[.script] = place.appending("script")
        if let archive = request.commands?.archive { files[.image] = archive }
        let work = GuestScript(
            check: laboratory.checkOptions,
            bench: laboratory.benchOptions(archive: FilePath(GuestScript.image)))
        var packed = try GuestFiles(makers: request.makers, drivers: request.driverPrograms)
        packed.add(main: RemoteScript.main(work))
        try packed.write(to: place.appending("files"))
        func size(_ part: RemoteScript.Part) -> Int? {
            files[part].flatMap(Files.status).map { Int($0.st_size) }
        }
        let script = RemoteScript(
            architecture: HostInformation().architecture, busybox: size(.busybox) ?? 0,
            files: size(.files) ?? 0, image: size(.image))
        let text = Array(script.script.utf8)
        try Descriptor(place.appending("script"), O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            .write(text, subject: "script")
        command = script.command(script: text.count)
        self.files = files
    }

    /// The file that a line of progress asks for.
    func file(askedFor words: String) -> FilePath? {
        guard words.hasPrefix("send ") else { return nil }
        return RemoteScript.Part(rawValue: String(words.dropFirst(5))).flatMap { files[$0] }
    }
}
