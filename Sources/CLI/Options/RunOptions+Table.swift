internal import Logging

extension RunOptions {
    /// Every option there is, each once: what is not here, nobody reads.
    ///
    /// Closures, and no key paths: to make one of these costs more than to read the whole command line.
    static let table: [RunOption] = [
        .flag("--tty", "-t") { $0.terminal = $1 },
        .flag("--interactive", "-i") { $0.interactive = $1 },
        .value("--env", "-e") { $0.environment.append($1) },
        .value("--workdir", "-w") { $0.workingDirectory = $1 },
        .value("--user", "-u") { $0.user = $1 },
        .value("--name") { $0.name = $1 },
        .value("--hostname", "-h") { $0.hostname = $1 },
        .value("--image") { $0.image = $1 },
        .value("--rootfs") { $0.rootfs = $1 },
        .value("--entrypoint") { $0.entrypoint = $1 },
        .value("--stop-signal") { $0.stopSignal = $1 },
        .flag("--read-only") { $0.readOnly = $1 },
        .flag("--init") { $0.reaper = $1 },
        .flag("--rm") { $0.rm = $1 },
        .flag("--detach", "-d") { $0.detach = $1 },
        .value("--restart") { $0.restart = $1 },
        .value("--stop-timeout") { $0.stopTimeout = $1 },
        .value("--health-cmd") { $0.health.command = $1 },
        .value("--health-interval") { $0.health.interval = $1 },
        .value("--health-timeout") { $0.health.timeout = $1 },
        .value("--health-start-period") { $0.health.startPeriod = $1 },
        .value("--health-start-interval") { $0.health.startInterval = $1 },
        .value("--health-retries") { $0.health.retries = $1 },
        .flag("--no-healthcheck") { $0.health.isOff = $1 },
        .value("--log-driver") { $0.logDriver = $1 },
        .value("--log-opt") { $0.logOptions.append($1) },
        .value("--volume", "-v") { $0.volumes.append($1) },
        .value("--mount") { $0.mounts.append($1) },
        .value("--tmpfs") { $0.memoryMounts.append($1) },
        .value("--volumes-from") { $0.volumesFrom.append($1) },
        .value("--label", "-l") { $0.labels.append($1) },
        .value("--label-file") { $0.labelFiles.append($1) },
        .value("--env-file") { $0.environmentFiles.append($1) },
        .value("--group-add") { $0.groups.append($1) },
        .value("--domainname") { $0.domainName = $1 },
        .value("--add-host") { $0.extraHosts.append($1) },
        .value("--cidfile") { $0.idFile = $1 },
        .value("--pidfile") { $0.pidFile = $1 },
        .flag("--keep") { $0.keep = $1 },
        .flag("--dry-run") { $0.dryRun = $1 },

        .value("--storage") { $0.storage = $1 },
        .value("--storage-opt") { $0.storageOptions.append($1) },

        .value("--cap-add") { $0.capAdd.append($1) },
        .value("--cap-drop") { $0.capDrop.append($1) },
        .value("--security-opt") { $0.securityOptions.append($1) },
        .value("--device") { $0.devices.append($1) },
        .flag("--privileged") { $0.privileged = $1 },

        .value("--pid") { $0.pidNamespace = $1 },
        .value("--ipc") { $0.ipcNamespace = $1 },
        .value("--uts") { $0.utsNamespace = $1 },
        .value("--userns") { $0.userNamespace = $1 },
        .value("--uidmap") { $0.userMap.append($1) },
        .value("--gidmap") { $0.groupMap.append($1) },
        .value("--sysctl") { $0.kernelSettings.append($1) },

        .value("--ulimit") { $0.processLimits.append($1) },
        .value("--oom-score-adj") { $0.oomScoreAdjustment = $1 },
        .value("--shm-size") { $0.sharedMemory = $1 },
        .limit("--memory", "-m", alias: "--mem"),
        .limit("--memory-swap"),
        .limit("--memory-reservation"),
        .limit("--memory-swappiness"),
        .flag("--oom-kill-disable") { $0.limits.append(.init("--oom-kill-disable", "\($1)")) },
        .limit("--cpus"),
        .limit("--cpu-shares", "-c", alias: "--cpushare"),
        .limit("--cpu-period"),
        .limit("--cpu-quota"),
        .limit("--cpuset-cpus", alias: "--cpuset"),
        .limit("--cpuset-mems"),
        .limit("--pids-limit"),
        .limit("--blkio-weight"),
        .limit("--blkio-weight-device"),
        .limit("--device-read-bps"),
        .limit("--device-write-bps"),
        .limit("--device-read-iops"),
        .limit("--device-write-iops"),
        .value("--cgroup-parent") { $0.cgroupParent = $1 },

        .value("--root") { $0.root = $1 },
        .choice("--log-level") {
            $0.logLevel = Logger.Level(rawValue: $1)
            return $0.logLevel != nil
        },
        .choice("--log-format") {
            $0.logFormat = LogFormat(rawValue: $1)
            return $0.logFormat != nil
        },
    ]
}
