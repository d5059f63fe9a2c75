internal import ArgumentParser
internal import Core
internal import Glibc

/// `mydocker system info`, `mydocker info`.
struct SystemInfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Tell about mydocker, its store, and this machine.",
        discussion: "mydocker storage info tells more of the store and the drivers.")

    @Option(name: .shortAndLong, help: ArgumentHelp("json, or a template.", valueName: "format"))
    var format: OutputFormat?

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    /// In docker's words.
    private struct Information: Encodable {
        let containers, running, paused, stopped, images: Int
        let driver: String
        let driverStatus: [[String]]
        let loggingDriver: String
        let cgroupVersion: String
        let kernel, system, architecture, name: String
        let processors: Int
        let memory: Int64
        let root: String
        let securityOptions: [String]
        let version: String

        enum CodingKeys: String, CodingKey {
            case containers = "Containers"
            case running = "ContainersRunning"
            case paused = "ContainersPaused"
            case stopped = "ContainersStopped"
            case images = "Images"
            case driver = "Driver"
            case driverStatus = "DriverStatus"
            case loggingDriver = "LoggingDriver"
            case cgroupVersion = "CgroupVersion"
            case kernel = "KernelVersion"
            case system = "OperatingSystem"
            case architecture = "Architecture"
            case name = "Name"
            case processors = "NCPU"
            case memory = "MemTotal"
            case root = "DockerRootDir"
            case securityOptions = "SecurityOptions"
            case version = "ServerVersion"
        }
    }

    func run() throws {
        let information = try collect()
        if let format { return try format.show([information], []) }
        let lines =
            [
                ("Containers", "\(information.containers)"), (" Running", "\(information.running)"),
                (" Paused", "\(information.paused)"), (" Stopped", "\(information.stopped)"),
                ("Images", "\(information.images)"), ("Version", information.version),
                ("Storage Driver", information.driver),
            ]
            + information.driverStatus.map { (" \($0[0])", $0[1]) } + [
                ("Logging Driver", information.loggingDriver), ("Cgroup Version", information.cgroupVersion),
                ("Security Options", information.securityOptions.joined(separator: " ")),
                ("Kernel Version", information.kernel), ("Operating System", information.system),
                ("Architecture", information.architecture), ("CPUs", "\(information.processors)"),
                ("Total Memory", humanSize(information.memory)), ("Name", information.name),
                ("Root Dir", information.root),
            ]
        for (name, value) in lines { printLine("\(name): \(value)") }
    }

    private func collect() throws -> Information {
        let logger = log.logger()
        let store = try storeOptions.cleanStore(logger)
        let containers = Containers(store)
        let states = try containers.all().map { containers.container(of: $0).state($0) }
        let information = try StoreInformation(store)
        let host = HostInformation()
        func count(_ wanted: ContainerState) -> Int { states.filter { $0 == wanted }.count }
        return Information(
            containers: states.count, running: count(.running), paused: count(.paused),
            stopped: states.count - count(.running) - count(.paused), images: information.images,
            driver: information.defaultDriver ?? "none works here",
            driverStatus: [
                ["Backing Filesystem", information.fileSystem.type],
                ["Free", humanSize(information.fileSystem.freeBytes)],
            ], loggingDriver: "json-file", cgroupVersion: host.cgroupVersion, kernel: host.kernel,
            system: host.system, architecture: host.architecture, name: host.name,
            processors: host.processors,
            memory: host.memory, root: information.root, securityOptions: host.securityOptions,
            version: MydockerCommand.configuration.version)
    }
}

/// `mydocker version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Tell which mydocker this is, and on what it runs.")

    @Option(name: .shortAndLong, help: ArgumentHelp("json, or a template.", valueName: "format"))
    var format: OutputFormat?

    @OptionGroup var log: LogOptions

    private struct Version: Encodable {
        let client: Client

        struct Client: Encodable {
            let version, system, architecture, kernel: String

            enum CodingKeys: String, CodingKey {
                case version = "Version"
                case system = "Os"
                case architecture = "Arch"
                case kernel = "KernelVersion"
            }
        }

        enum CodingKeys: String, CodingKey { case client = "Client" }
    }

    func run() throws {
        let host = HostInformation()
        let client = Version.Client(
            version: MydockerCommand.configuration.version, system: "linux", architecture: host.architecture,
            kernel: host.kernel)
        if let format { return try format.show([Version(client: client)], []) }
        printLine("Client: mydocker, which needs no server")
        printLine(" Version:        \(client.version)")
        printLine(" OS/Arch:        \(client.system)/\(client.architecture)")
        printLine(" Kernel Version: \(client.kernel)")
    }
}
