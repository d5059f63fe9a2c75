internal import CLinux
internal import Glibc
internal import Host
internal import Logging
internal import Mount
internal import SystemPackage

extension CommandStart {
    /// Opens what the command's standard streams are to be, besides what mydocker was started with.
    ///
    /// Before anything of the user's is mounted: /dev is mydocker's own then.
    ///
    /// - Parameter isFirst: true for process 1, whose terminal is the container's console.
    func openStreams(isFirst: Bool) throws -> CommandStreams {
        guard spec.terminal else {
            if spec.standardInput { return CommandStreams() }
            return CommandStreams(null: try device("/dev/null", 1, 3, O_RDONLY, isOurs: isFirst))
        }
        let master = try device("/dev/pts/ptmx", 5, 2, O_RDWR | O_NOCTTY, isOurs: isFirst)
        try systemCall("unlock the terminal") { clx_unlock_pty(master.rawValue) }
        // Before the command can look: the caller's streams are still this process's own.
        WindowSize.copy(to: master.rawValue)
        let peer = try systemCall("open the terminal", "/dev/pts/ptmx") {
            clx_pty_peer(master.rawValue, O_RDWR | O_NOCTTY | O_CLOEXEC)
        }
        let terminal = Descriptor(owning: peer)
        if isFirst {
            let console: FilePath = "/dev/console"
            try Files.create(console)
            try Mounting.bind(FilePath("/proc/self/fd/\(terminal.rawValue)"), to: console)
        }
        return CommandStreams(master: master, terminal: terminal)
    }

    /// Opens a device of mydocker's own; in a container that is running, something else may be there.
    private func device(
        _ path: FilePath, _ major: UInt32, _ minor: UInt32, _ flags: Int32, isOurs: Bool
    ) throws -> Descriptor {
        if isOurs { return try Descriptor(path, flags) }
        let place: Descriptor
        do { place = try ContainerPath.open(path, clx_O_PATH) } catch {
            throw InitFailure("open", path.string, error)
        }
        var status = stat()
        let number = place.rawValue
        try systemCall("stat", path) { _ in fstat(number, &status) }
        let device = UInt64(status.st_rdev)
        guard status.st_mode & S_IFMT == S_IFCHR, clx_device_major(device) == major,
            clx_device_minor(device) == minor
        else {
            throw InitFailure(
                "open", path.string, errno: .noSuchAddressOrDevice,
                detail: "the container has something else there")
        }
        return try Descriptor(FilePath("/proc/self/fd/\(number)"), flags)
    }

    /// Gives the command its standard streams: a terminal of its own, or what mydocker was started with.
    func connect(_ streams: consuming CommandStreams, _ channels: ContainerInit.Channels) throws {
        try systemCall("setsid") { setsid() }
        if let null = streams.null {
            try systemCall("dup2", "/dev/null") { dup2(null, STDIN_FILENO) }
        }
        guard let master = streams.master, let terminal = streams.terminal else { return }
        try systemCall("set the controlling terminal") { clx_set_controlling_terminal(terminal) }
        try systemCall("hand out the terminal") { clx_send_descriptor(channels.console, master) }
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            try systemCall("dup2", "the terminal") { dup2(terminal, stream) }
        }
    }

    /// Enters the command's directory, making it first if the image lacks it.
    ///
    /// The path is the image's: see ``ContainerPath``.
    func enterWorkingDirectory() throws {
        umask(0o022)
        let path = spec.workingDirectory
        do {
            let directory = try ContainerPath.openDirectory(making: path)
            try systemCall("fchdir", path) { _ in fchdir(directory.rawValue) }
        } catch {
            throw InitFailure("enter the working directory", path.string, error)
        }
    }

    /// Becomes the command; returns only by throwing.
    ///
    /// - Parameter home: HOME, unless the environment has it.
    func execute(home: String) throws -> Never {
        let candidates = self.candidates
        let own = try OwnExecutable()
        let vector = CStringVector(spec.arguments)
        let hasHome = spec.environment.contains { $0.starts(with: "HOME=".utf8) }
        let environment = CStringVector(spec.environment + (hasHome ? [] : [Array("HOME=\(home)".utf8)]))
        let name = String(decoding: spec.arguments[0], as: UTF8.self)
        var best = InitFailure(
            "find the command", name, errno: .noSuchFileOrDirectory, kind: .commandNotFound)
        for candidate in candidates {
            var status = stat()
            do {
                let file = try ContainerPath.open(candidate, clx_O_PATH)
                try systemCall("stat", candidate) { _ in fstat(file.rawValue, &status) }
            } catch {
                switch error.errno {
                case .permissionDenied: best = notExecutable(candidate, .permissionDenied)
                case .tooManySymbolicLinkLevels:
                    best = InitFailure("execute", candidate.string, error, kind: .commandNotExecutable)
                default: break
                }
                continue
            }
            if status.st_mode & S_IFMT == S_IFDIR {
                best = notExecutable(candidate, .isDirectory)
                continue
            }
            guard candidate.withPlatformString({ access($0, X_OK) }) == 0 else {
                best = notExecutable(candidate, .current)
                continue
            }
            guard !own.isRun(by: candidate) else {
                throw InitFailure(
                    "execute", candidate.string, errno: .permissionDenied,
                    detail: "it leads to mydocker itself",
                    kind: .commandNotExecutable)
            }
            logger.info("path found", metadata: ["path": "\(candidate)"])
            try OpenDescriptors.closeOnExecution(from: 3)
            try ContainerPath.checkCurrentDirectory()
            _ = candidate.withPlatformString { vector.execute($0, environment) }
            let reason = Errno.current
            guard reason == .noSuchFileOrDirectory else { throw notExecutable(candidate, reason) }
            throw InitFailure(
                "execute", candidate.string, errno: reason, detail: "its interpreter is missing",
                kind: .commandNotFound)
        }
        throw best
    }

    private func notExecutable(_ path: FilePath, _ reason: Errno) -> InitFailure {
        InitFailure("execute", path.string, errno: reason, kind: .commandNotExecutable)
    }

    /// Where the command may be: the path itself if it has a slash, else in each directory of PATH.
    private var candidates: [FilePath] {
        let command = spec.arguments[0]
        if command.isEmpty { return [] }
        if command.contains(UInt8(ascii: "/")) { return [FilePath(bytes: command)] }
        let prefix = Array("PATH=".utf8)
        let path = spec.environment.last { $0.starts(with: prefix) }?.dropFirst(prefix.count)
        return (path ?? []).split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map {
            directory in
            // An empty entry of PATH is the current directory.
            FilePath(
                bytes: (directory.isEmpty ? [UInt8(ascii: ".")] : Array(directory)) + [UInt8(ascii: "/")]
                    + command)
        }
    }
}

/// A null-terminated array of C strings that lives as long as this value; what execve(2) takes.
private struct CStringVector: ~Copyable {
    private var pointers: [UnsafeMutablePointer<CChar>?]

    init(_ strings: [[UInt8]]) {
        pointers = strings.map { bytes in
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
            for (index, byte) in bytes.enumerated() { copy[index] = CChar(bitPattern: byte) }
            copy[bytes.count] = 0
            return copy
        }
        pointers.append(nil)
    }

    /// execve(2) of `path` with these arguments.
    borrowing func execute(_ path: UnsafePointer<CChar>, _ environment: borrowing CStringVector) -> Int32 {
        execve(path, pointers, environment.pointers)
    }

    deinit {
        for pointer in pointers { pointer?.deallocate() }
    }
}
