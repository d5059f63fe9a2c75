internal import ArgumentParser
internal import Core
internal import Glibc
internal import Logging
internal import SystemPackage

/// What `mydocker run` is given, whoever has read it from the command line; the meanings are at ``RunCommand``.
struct RunOptions: Equatable {
    var storage: String?
    var storageOptions: [String] = []
    var terminal = false
    var interactive = false
    var image: String?
    var rootfs: String?
    var name: String?
    var hostname: String?
    var environment: [String] = []
    var workingDirectory: String?
    var user: String?
    var entrypoint: String?
    var stopSignal: String?
    var readOnly = false
    var reaper = false
    var rm = false
    var keep = false
    var memory: String?
    var cpus: String?
    var cpuShares: String?
    var cpuSet: String?
    var pidsLimit: String?
    var capAdd: [String] = []
    var capDrop: [String] = []
    var securityOptions: [String] = []
    var devices: [String] = []
    var privileged = false
    var dryRun = false
    var root: String?
    var logLevel: Logger.Level?
    var logFormat: LogFormat?
    /// How many of the process's arguments, at their end, are the image and the command.
    ///
    /// They are taken from there, byte for byte: they need not be UTF-8.
    var wordCount = 0

    /// Does what they ask for, and ends with the exit status of the command.
    func run() throws {
        let logger = LogOptions.logger(logLevel ?? .notice, logFormat ?? .text)
        let runner = ContainerRunner(
            store: try Store(option: root), logger: logger)
        let request = try request(logger)
        if dryRun { return try printJSON(runner.plan(request)) }
        let (status, ranOutOfMemory) = try runner.run(
            request, progress: ProgressReport("unpack", logger, isVerbose: nil))
        if ranOutOfMemory {
            let limit = request.limits.memory.map { " of \($0 >> 20) MiB" } ?? ""
            logger.error(
                "the container ran out of memory: its limit\(limit) was reached and the kernel killed a process"
            )
        }
        throw ExitCode(status.rawValue)
    }

    private func request(_ logger: Logger) throws -> RunRequest {
        guard !(rm && keep) else { throw ValidationError("--rm and --keep exclude each other") }
        guard rootfs == nil || image == nil else {
            throw ValidationError("--rootfs and --image exclude each other")
        }
        if rootfs?.isEmpty == true {
            throw RunError.invalidOption(option: "--rootfs", value: "", reason: "no directory")
        }
        var request = RunRequest()
        request.words = CommandLine.rawArguments.suffix(wordCount)
        request.image = image
        request.rootFS = rootfs.map { FilePath($0).absolute }
        request.storage = storage ?? environmentVariable("MYDOCKER_STORAGE")
        for option in storageOptions {
            guard let equals = option.firstIndex(of: "="), equals != option.startIndex else {
                throw RunError.invalidOption(
                    option: "--storage-opt", value: option, reason: "not of the form NAME=VALUE")
            }
            request.storageOptions[String(option[..<equals])] = String(option[option.index(after: equals)...])
        }
        request.name = name
        request.hostname = hostname
        request.environment = environment.map(CommandLine.bytes)
        request.workingDirectory = workingDirectory
        request.user = user
        request.entrypoint = entrypoint
        request.stopSignal = stopSignal
        request.interactive = interactive
        request.terminal = terminal && hasTerminal
        if terminal && !hasTerminal && !dryRun {
            logger.notice("-t ignored: the standard input is not a terminal, so plain pipes are used")
        }
        request.readOnly = readOnly
        request.keep = keep
        request.reaper = reaper
        request.isolation.addedCapabilities = capAdd
        request.isolation.droppedCapabilities = capDrop
        request.isolation.securityOptions = securityOptions
        request.isolation.devices = devices
        request.isolation.privileged = privileged
        request.limits = try limits()
        return request
    }

    /// With `-i` the terminal is what is typed at; without, it may be what is looked at.
    private var hasTerminal: Bool {
        isatty(STDIN_FILENO) != 0 || (!interactive && isatty(STDOUT_FILENO) != 0)
    }

    private func limits() throws -> ResourceLimits {
        var limits = ResourceLimits()
        limits.memory = try memory.flatMap(ResourceLimits.parseMemory)
        limits.milliCPUs = try cpus.flatMap {
            try ResourceLimits.parseCPUs($0, available: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        }
        limits.cpuShares = try cpuShares.flatMap(ResourceLimits.parseShares)
        limits.cpuSet = try cpuSet.map(ResourceLimits.parseCPUSet)
        limits.processes = try pidsLimit.flatMap(ResourceLimits.parseProcesses)
        return limits
    }
}

extension CommandLine {
    /// The bytes that the process was given for a value that was read from its arguments.
    ///
    /// Text that is no UTF-8 was mended when it became a string, and is looked up again.
    fileprivate static func bytes(of value: String) -> [UInt8] {
        let bytes = Array(value.utf8)
        guard value.unicodeScalars.contains("\u{FFFD}") else { return bytes }
        for argument in rawArguments {
            let mended = String(decoding: argument, as: UTF8.self).utf8
            // What stands before the value is an option's name.
            if mended.elementsEqual(bytes) { return argument }
            let prefix = mended.count - bytes.count
            if prefix > 0, mended.suffix(bytes.count).elementsEqual(bytes),
                argument.prefix(prefix).elementsEqual(mended.prefix(prefix))
            {
                return Array(argument.dropFirst(prefix))
            }
        }
        return bytes
    }

    /// The arguments byte for byte.
    fileprivate static var rawArguments: [[UInt8]] {
        UnsafeBufferPointer(start: unsafeArgv, count: Int(argc)).compactMap { argument in
            argument.map { pointer in
                Array(UnsafeRawBufferPointer(start: pointer, count: strlen(pointer)))
            }
        }
    }
}
