internal import ArgumentParser
internal import Core
internal import Glibc
internal import Logging
internal import SystemPackage

extension RunOptions {
    /// What is asked for, checked as far as the words alone say.
    func request(_ logger: Logger) throws -> RunRequest {
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
        request.storage = storage ?? namedStorage
        for option in storageOptions {
            guard let equals = option.firstIndex(of: "="), equals != option.startIndex else {
                throw RunError.invalidOption(
                    option: "--storage-opt", value: option, reason: "not of the form NAME=VALUE")
            }
            request.storageOptions[String(option[..<equals])] = String(option[option.index(after: equals)...])
        }
        request.name = name
        request.hostname = hostname
        request.environment =
            try environmentFiles.flatMap(OptionFile.lines) + environment.map(CommandLine.bytes)
        request.groups = groups
        request.domainName = domainName
        request.extraHosts = try extraHosts.map { try ExtraHost($0) }
        request.processLimits = try processLimits.map { try ProcessLimit($0) }
        request.oomScoreAdjustment = try oomScoreAdjustment.map {
            try number($0, option: "--oom-score-adj", -1000...1000)
        }
        request.sharedMemory = try sharedMemory.flatMap(ResourceLimits.parseSharedMemory)
        request.kernelSettings = try kernelSettings.map { try KernelSetting($0, namespaces: namespaces()) }
        request.namespaces = try namespaces()
        if userNamespace != nil || !userMap.isEmpty || !groupMap.isEmpty {
            request.users = try UserChoice(namespace: userNamespace, users: userMap, groups: groupMap)
        }
        request.stopTimeout = try stopTimeout.map { try number($0, option: "--stop-timeout", -1...Int.max) }
        request.restart = try restart.map { try RestartPolicy($0) } ?? .no
        request.health = try health.request()
        request.isDetached = detach
        if logDriver != nil || !logOptions.isEmpty {
            request.log = try ContainerLogOptions(driver: logDriver, options: logOptions)
        }
        if rm && request.restart != .no { throw ValidationError("--rm and --restart exclude each other") }
        let fileLabels = try labelFiles.flatMap(OptionFile.lines).map { String(decoding: $0, as: UTF8.self) }
        for label in fileLabels + labels {
            let parts = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard !parts[0].isEmpty else {
                throw RunError.invalidOption(option: "--label", value: label, reason: "it has no key")
            }
            request.labels[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        request.mounts = try mountRequests()
        request.volumesFrom = volumesFrom
        request.workingDirectory = workingDirectory
        request.user = user
        request.entrypoint = entrypoint
        request.stopSignal = stopSignal
        request.interactive = interactive
        request.terminal = terminal && (hasTerminal || detach)
        if terminal && !hasTerminal && !dryRun && !detach {
            logger.notice("-t ignored: the standard input is not a terminal, so plain pipes are used")
        }
        request.readOnly = readOnly
        request.keep = keep || detach && !rm
        request.reaper = reaper
        request.isolation.addedCapabilities = capAdd
        request.isolation.droppedCapabilities = capDrop
        request.isolation.securityOptions = securityOptions
        request.isolation.devices = devices
        request.isolation.privileged = privileged
        for limit in limits { try limit.set(&request.limits) }
        try request.limits.check()
        request.cgroupParent = try cgroupParent.map { try CgroupParent($0) } ?? .usual
        return request
    }

    private func mountRequests() throws -> [MountRequest] {
        if volumes.isEmpty && mounts.isEmpty && memoryMounts.isEmpty { return [] }
        let here = FilePath(".").absolute.lexicallyNormalized().string
        return try volumes.map { try MountRequest(volume: $0, in: here) }
            + mounts.map { try MountRequest(mount: $0, in: here) }
            + memoryMounts.map { try MountRequest(tmpfs: $0) }
    }

    /// With `-i` the terminal is what is typed at; without, it may be what is looked at.
    private var hasTerminal: Bool {
        isatty(STDIN_FILENO) != 0 || (!interactive && isatty(STDOUT_FILENO) != 0)
    }

    private func namespaces() throws -> NamespaceChoice {
        var choice = NamespaceChoice()
        if let pidNamespace { choice.pid = try .init(pidNamespace, option: "--pid") }
        if let ipcNamespace { choice.ipc = try .init(ipcNamespace, option: "--ipc") }
        if let utsNamespace { choice.uts = try .init(utsNamespace, option: "--uts") }
        return choice
    }

    private func number(_ text: String, option: String, _ range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(text), range.contains(number) else {
            let most = range.upperBound == .max ? "" : " to \(range.upperBound)"
            throw RunError.invalidOption(
                option: option, value: text, reason: "not a number from \(range.lowerBound)\(most)")
        }
        return number
    }
}
