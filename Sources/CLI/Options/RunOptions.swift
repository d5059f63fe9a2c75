internal import ArgumentParser
internal import Core
internal import Glibc
internal import Logging
internal import SystemPackage

/// What `mydocker run`, or whatever else makes a container, is given; the meanings are at ``ContainerOptions``.
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
    var limits: [LimitWord] = []
    var cgroupParent: String?
    var capAdd: [String] = []
    var capDrop: [String] = []
    var securityOptions: [String] = []
    var devices: [String] = []
    var privileged = false
    var dryRun = false
    var detach = false
    var groups: [String] = []
    var domainName: String?
    var extraHosts: [String] = []
    var processLimits: [String] = []
    var oomScoreAdjustment: String?
    var sharedMemory: String?
    var kernelSettings: [String] = []
    var pidNamespace: String?
    var ipcNamespace: String?
    var utsNamespace: String?
    var userNamespace: String?
    var userMap: [String] = []
    var groupMap: [String] = []
    var stopTimeout: String?
    var restart: String?
    var volumes: [String] = []
    var mounts: [String] = []
    var memoryMounts: [String] = []
    var volumesFrom: [String] = []
    var labels: [String] = []
    var labelFiles: [String] = []
    var environmentFiles: [String] = []
    var health = HealthOptions.Given()
    var logDriver: String?
    var logOptions: [String] = []
    var idFile: String?
    var pidFile: String?
    var root: String?
    var logLevel: Logger.Level?
    var logFormat: LogFormat?
    /// How many of the process's arguments, at their end, are the image and the command.
    ///
    /// They are taken from there, byte for byte: they need not be UTF-8.
    var wordCount = 0

    /// Does what they ask for, and ends with the exit status of the command.
    func run() throws {
        let logger = LogOptions.logger(logLevel, logFormat)
        let runner = ContainerRunner(
            store: try Store(option: root), logger: logger)
        let request = try request(logger)
        if dryRun { return try printJSON(runner.plan(request)) }
        try checkFiles()
        if detach { return try runInBackground(runner, request, logger) }
        let (status, ranOutOfMemory) = try runner.run(
            request, progress: ProgressReport("unpack", logger, isVerbose: nil), began: noting())
        if ranOutOfMemory {
            let limit = request.limits.memory.map { " of \($0 >> 20) MiB" } ?? ""
            logger.error(
                "the container ran out of memory: its limit\(limit) was reached and the kernel killed a process"
            )
        }
        throw ExitCode(status.rawValue)
    }

    private func runInBackground(_ runner: ContainerRunner, _ request: RunRequest, _ logger: Logger) throws {
        StandardOutput.shared.flush()
        switch try ContainerMonitor.begin() {
        case .monitor(let monitor):
            let (status, _) = try runner.run(
                request, progress: ProgressReport("unpack", logger, isVerbose: nil), monitor: monitor,
                began: noting())
            throw ExitCode(status.rawValue)
        case .caller(let start):
            switch try start.wait() {
            case .started(let id): printLine(id)
            case .failed(let status): throw ExitCode(status.rawValue)
            }
        }
    }

    /// Makes the container without starting it.
    func create() throws {
        let logger = LogOptions.logger(logLevel, logFormat)
        var request = try request(logger)
        request.keep = !rm
        try checkFiles()
        let id = try ContainerRunner(store: try Store(option: root), logger: logger).create(
            request, progress: ProgressReport("unpack", logger, isVerbose: nil))
        try note(id, process: nil)
        printLine(id)
    }
}
