internal import FoundationEssentials
internal import Glibc
internal import Host
public import Layers
internal import Runtime
public import Storage
internal import SystemPackage

/// What is known of a container, running or kept: `container.json` in its directory.
public struct ContainerRecord: Decodable, Sendable, Equatable {
    /// Twelve hexadecimal digits.
    public let id: String
    /// The name that the user gave, or the ID.
    public internal(set) var name: String
    /// The name or ID of the image that its root is made of, or "--rootfs DIR".
    public let image: String
    /// The uppermost layer of the image, which the write layer lies on; nil on a plain directory.
    public var layer: SnapshotKey?
    /// The digest of the image's manifest; nil on a plain directory.
    public var manifest: Digest?
    /// The directory that its root is made of, if it is no image.
    public var directory: String?
    /// True if it cannot change its root.
    public var readOnly = false
    /// The storage driver that its write layer belongs to.
    public internal(set) var driver: String
    /// The command and its arguments; what is not UTF-8 in them is replaced.
    public let command: [String]
    /// When it was made, in nanoseconds since 1970.
    public let created: Int64
    /// True if it stays after its end.
    public let keep: Bool
    /// Its process 1, as the host numbers it; nil before its command runs, and after its end.
    public var process: Int32?
    /// When that process began, in ticks since the machine's start: a number may be given out again.
    public var processStart: UInt64?
    /// How its command ended; nil before, and if the mydocker that watched over it was killed.
    public var exitStatus: UInt8?
    /// When it ended, in nanoseconds since 1970.
    public var finished: Int64?
    /// When its command was started last, in nanoseconds since 1970.
    public var started: Int64?
    /// How often it was started again because of its policy, since somebody started it.
    public var restarts: Int?
    /// True if a monitor in the background watches over it, and writes its log.
    public var detached: Bool?
    /// True if somebody has asked it to stop, which holds until somebody starts it.
    public var stopRequested: Bool?
    /// True if the kernel has killed a process of it for want of memory.
    public var ranOutOfMemory: Bool?
    /// Why its last start failed.
    public var failure: String?
    /// False if nothing decides about the device nodes that its processes open.
    public var controlsDevices: Bool?
    /// What it was made to be; nil in records of old.
    public internal(set) var spec: ContainerSpec?

    static let fileName: FilePath.Component = "container.json"
    /// Held while the record is changed, by whoever does it.
    private static let lockName: FilePath.Component = "container.lock"
    /// A record holds a command of any length.
    private static let largest = 64 << 20

    init(
        id: String, name: String, image: String, driver: String, command: [String], created: Int64, keep: Bool
    ) {
        self.id = id
        self.name = name
        self.image = image
        self.driver = driver
        self.command = command
        self.created = created
        self.keep = keep
    }

    /// True as long as its command runs.
    public var isRunning: Bool { process != nil }

    /// The volumes that it uses.
    var volumeNames: Set<String> {
        Set((spec?.mounts ?? []).filter { $0.kind == .volume }.compactMap(\.source))
    }

    /// Reads the record in a container's directory.
    ///
    /// - Throws: ``RunError/damagedRecord(_:)``, ``SystemCallError``.
    init(from directory: FilePath) throws {
        try self.init(from: directory, of: directory.lastComponent?.string ?? "")
    }

    private init(from directory: FilePath, of id: String) throws {
        let path = directory.appending(Self.fileName)
        let text = try Descriptor(path, O_RDONLY | O_NOFOLLOW).readAll(
            limit: Self.largest, subject: path.string)
        do { self = try JSONDecoder().decode(Self.self, from: Data(text)) } catch {
            throw RunError.damagedRecord(path)
        }
        // It names paths, and was found under its ID.
        guard self.id == id, (try? ContainerName.validate(driver)) != nil else {
            throw RunError.damagedRecord(path)
        }
    }

    /// Changes the record of a container that others may change too, wherever its directory goes meanwhile.
    ///
    /// - Throws: as ``init(from:)``, and what `body` throws.
    @discardableResult
    static func change(
        in directory: FilePath, durable: Bool = false, _ body: (inout ContainerRecord) throws -> Void
    ) throws -> ContainerRecord {
        let place = try Descriptor(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        let path = FilePath("/proc/self/fd/\(place.rawValue)")
        let lock = try Descriptor(path.appending(lockName), O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        try systemCall("flock", directory.appending(lockName)) { _ in flock(lock.rawValue, LOCK_EX) }
        defer { flock(lock.rawValue, LOCK_UN) }
        var record = try ContainerRecord(from: path, of: directory.lastComponent?.string ?? "")
        try body(&record)
        try record.write(to: path, durable: durable)
        return record
    }

    /// Notes that its command has ended now.
    ///
    /// - Parameter status: how, if that is known.
    mutating func noteEnd(_ status: ExitStatus?) {
        (process, processStart) = (nil, nil)
        exitStatus = status.map { UInt8(truncatingIfNeeded: $0.rawValue) }
        finished = WallClock.now
    }

    /// Takes the room that the next ``write(to:durable:)`` needs: the container may fill the disk until then.
    ///
    /// - Throws: ``SystemCallError``.
    func reserveRoom(in directory: FilePath) throws(SystemCallError) {
        // The file that is locked while the record is changed takes an inode, too.
        _ = try Descriptor(directory.appending(Self.lockName), O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        let temporary = directory.appending("\(Self.fileName).new")
        let file = try Descriptor(temporary, O_WRONLY | O_CREAT | O_NOFOLLOW, mode: 0o600)
        // More than what is added at its end: a status and a time.
        let zeros = [UInt8](repeating: 0, count: json.utf8.count + 512)
        try file.write(zeros, subject: temporary.string)
    }

    /// Writes the record into the container's directory.
    ///
    /// - Parameter durable: true to have it survive a power cut; a container that runs does not either.
    /// - Throws: ``SystemCallError``.
    func write(to directory: FilePath, durable: Bool = false) throws(SystemCallError) {
        // Renamed into place, so that nobody ever reads half of it.
        let temporary = directory.appending("\(Self.fileName).new")
        let text = Array(json.utf8)
        // Over what is there: see `reserveRoom`.
        let file = try Descriptor(temporary, O_WRONLY | O_CREAT | O_NOFOLLOW, mode: 0o600)
        let number = file.rawValue
        try file.write(text, subject: temporary.string)
        try systemCall("ftruncate", temporary.string) { ftruncate(number, off_t(text.count)) }
        if durable { try systemCall("fsync", temporary.string) { fsync(file.rawValue) } }
        try Files.rename(temporary, to: directory.appending(Self.fileName))
    }
}
