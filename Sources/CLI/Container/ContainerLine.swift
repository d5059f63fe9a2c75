internal import Core

/// One container in a list, in docker's words.
struct ContainerLine: Encodable {
    let id, image, command, createdAt, runningFor, state, status, names, storage, labels, mounts, size: String
    let localVolumes: String
    let pid: Int32?
    let exitCode: UInt8?
    /// There are none.
    let ports = ""
    let networks = "none"

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case image = "Image"
        case command = "Command"
        case createdAt = "CreatedAt"
        case runningFor = "RunningFor"
        case state = "State"
        case status = "Status"
        case names = "Names"
        case storage = "Storage"
        case labels = "Labels"
        case mounts = "Mounts"
        case size = "Size"
        case localVolumes = "LocalVolumes"
        case pid = "Pid"
        case exitCode = "ExitCode"
        case ports = "Ports"
        case networks = "Networks"
    }

    /// What tables call fields otherwise.
    static let headings = ["ID": "CONTAINER ID", "RunningFor": "CREATED"]

    /// - Parameters:
    ///   - size: what it has written, as a list shows it.
    ///   - isShort: true to leave out what is long.
    init(_ record: ContainerRecord, _ container: Container, size: String, isShort: Bool) {
        let created = PointInTime(nanoseconds: record.created)
        (state, status) = Self.state(of: record, container)
        let command = "\"\(record.command.joined(separator: " ").printable)\""
        let mounts = record.spec?.mounts ?? []
        id = record.id
        image = record.image.printable
        self.command = !isShort || command.count <= 22 ? command : command.prefix(20) + "…\""
        createdAt = created.text
        runningFor = created.age
        names = record.name
        storage = record.driver
        labels = (record.spec?.labels ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            .joined(separator: ",")
        self.mounts = mounts.compactMap(\.source)
            .map { !isShort || $0.count <= 15 ? $0 : $0.prefix(14) + "…" }.joined(separator: ",")
        localVolumes = "\(mounts.count { $0.kind == .volume })"
        self.size = size
        pid = record.process
        exitCode = record.exitStatus
    }

    /// The state and what a table says of it, in docker's words.
    private static func state(of record: ContainerRecord, _ container: Container) -> (String, String) {
        let state = container.state(record)
        let since = PointInTime(nanoseconds: record.started ?? record.created).passed
        let health = container.health(record).map {
            $0.status == "starting" ? " (health: starting)" : " (\($0.status))"
        }
        // Unknown: the mydocker that watched over it was killed.
        let code = record.exitStatus.map { "\($0)" } ?? "unknown"
        let age = PointInTime(nanoseconds: record.finished ?? record.created).age
        let text =
            switch state {
            case .created: "Created"
            case .running: "Up \(since)\(health ?? "")"
            case .paused: "Up \(since) (Paused)"
            case .restarting: "Restarting (\(code)) \(age)"
            case .exited: "Exited (\(code)) \(age)"
            }
        return (state.rawValue, text)
    }
}
