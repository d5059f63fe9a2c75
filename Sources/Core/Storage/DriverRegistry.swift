public import DriverKit
internal import Host
internal import Mount
public import SystemPackage

/// The storage drivers of this program, in the order in which they are preferred.
public struct DriverRegistry: Sendable {
    /// The drivers, the default first.
    public let drivers: [any StorageDriver]

    /// Those that are programs of their own; looked at only where a name is asked for that none of the others has.
    let executables: ExecutableDrivers?

    /// The registry of these drivers.
    public init(_ drivers: [any StorageDriver], executables: ExecutableDrivers? = nil) {
        self.drivers = drivers
        self.executables = executables
    }

    /// The driver called `name`; nil if there is none.
    ///
    /// - Parameter store: where it is remembered what an executable one is.
    package func driver(named name: String, for store: Store?) -> (any StorageDriver)? {
        drivers.first { $0.name == name } ?? executables?.driver(named: name, in: store)
    }

    /// A driver that users can name, and where it comes from.
    public struct Entry: Sendable {
        /// Its name.
        public let name: String
        /// Its executable; nil if it is a part of this program.
        public let path: FilePath?
        /// Why it is not used, whether or not it works; nil if it is.
        public let refusal: String?
        /// The driver, if it is used.
        public let driver: (any StorageDriver)?
    }

    /// All drivers: those of this program, and then the executables, with those that are not used.
    public func all(for store: Store) -> [Entry] {
        let builtIn = drivers.map { Entry(name: $0.name, path: nil, refusal: nil, driver: $0) }
        let found = (executables?.all() ?? []).map { found in
            let isTaken = drivers.contains { $0.name == found.name }
            let refusal = isTaken ? "a built-in driver has the same name" : found.refusal
            let driver = refusal == nil ? executables?.driver(named: found.name, in: store) : nil
            return Entry(name: found.name, path: found.path, refusal: refusal, driver: driver)
        }
        return builtIn + found
    }

    /// The driver called `name`, if it works in `store`.
    ///
    /// - Parameter remembering: true to note in the store that it works.
    /// - Throws: ``StorageError``.
    public func driver(
        named name: String, in store: Store, remembering: Bool = false
    ) throws -> any StorageDriver {
        guard let driver = driver(named: name, for: store) else { throw unknown(name) }
        if case .unsupported(let reason, let remedy) = try knownSupport(of: driver, in: store, remembering) {
            let usable = try drivers.filter { try $0.name != name && support(of: $0, in: store).isSupported }
            throw StorageError.unsupportedDriver(
                name: name, reason: reason, remedy: remedy, usable: usable.map(\.name))
        }
        return driver
    }

    /// The names of all drivers, none of which is asked anything.
    package var names: [String] { drivers.map(\.name) + (executables?.all() ?? []).map(\.name) }

    /// The error that there is no driver called `name`.
    package func unknown(_ name: String) -> StorageError {
        StorageError.unknownDriver(name: name, known: names)
    }

    /// The first driver that works in `store`, and what was said of those before it.
    ///
    /// - Parameter remembering: true to note in the store that it works.
    /// - Throws: ``StorageError/noDriver(reasons:)``.
    public func firstSupported(
        in store: Store, remembering: Bool = false
    ) throws -> (driver: any StorageDriver, passedOver: [(name: String, reason: String)]) {
        var passedOver: [(name: String, reason: String)] = []
        for driver in drivers {
            switch try knownSupport(of: driver, in: store, remembering) {
            case .supported: return (driver, passedOver)
            case .unsupported(let reason, _): passedOver.append((driver.name, reason))
            }
        }
        throw StorageError.noDriver(reasons: passedOver.map { "\($0.name): \($0.reason)" })
    }

    /// The best driver that works in `store` and takes so many layers, but for the one called `name`; nil if there is none.
    package func driver(taking layers: Int, besides name: String, in store: Store) -> String? {
        drivers.first { driver in
            driver.name != name && (driver.capabilities.layerLimitHere() ?? layers) >= layers
                && (try? support(of: driver, in: store).isSupported) == true
        }?.name
    }

    /// What was found out before, on this kernel since it was booted, or else what is found out now.
    ///
    /// Only that a driver works is remembered: why it does not may be over at any time.
    private func knownSupport(
        of driver: any StorageDriver, in store: Store, _ remembering: Bool
    ) throws -> DriverSupport {
        let memory = ProbeMemory(of: driver, in: store)
        if memory.isValid { return .supported }
        let support = try support(of: driver, in: store)
        if support.isSupported && remembering { memory.remember() }
        return support
    }

    /// Whether `driver` works with snapshots kept in `store`, found out by trying in a private mount namespace.
    ///
    /// - Throws: ``SystemCallError`` if there is no place to try it.
    public func support(of driver: any StorageDriver, in store: Store) throws -> DriverSupport {
        guard store.isReady || store.isReadOnly else {
            // Where the store would be made, so that the file system is the right one.
            let path = store.nearestDirectory.appending(".mydocker-probe-\(LiveDirectory.randomName())")
            try Files.makeDirectory(path, mode: 0o700)
            return try probe(driver, in: path, store)
        }
        let place = try LiveDirectory.makeUnique(in: store.temporary, store: store)
        return try probe(driver, in: place.path, store)
    }

    private func probe(_ driver: any StorageDriver, in path: FilePath, _ store: Store) throws -> DriverSupport
    {
        let store = store.knowing(driver)
        defer { try? store.remove(path) }
        return try PrivateMountNamespace.run {
            let support = driver.probe(in: path)
            return support.isSupported
                ? DriverTrial(SnapshotStore(store, driver: driver), in: path).run() : support
        }
    }
}
