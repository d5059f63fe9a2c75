internal import CLinux
public import Core
internal import Glibc
public import SystemPackage

/// The conformance kit: every case, tried with one driver on this kernel and this file system.
///
/// ```swift
/// let kit = ConformanceKit(MyDriver(), in: "/var/tmp/empty")
/// for test in ConformanceKit.cases {
///     let result = kit.run(test)
/// }
/// ```
/// Each case has a store of its own below the directory, runs in a private mount namespace, and is cleaned up after;
/// what it leaves behind is a failure of it (K5). Needs root.
public struct ConformanceKit: Sendable {
    /// All cases, in the order of the list.
    public static let cases: [ConformanceCase] =
        ModelCases.all + ContentCases.all + LinkCases.all + MetadataCases.all + NameCases.all + LimitCases.all
        + DiffCases.all + SpaceCases.all + ConcurrencyCases.all + CrashCases.all + HostileCases.all
        + PortabilityCases.all

    private let driver: any StorageDriver
    private let directory: FilePath
    private let peers: [any StorageDriver]
    /// What every case is tried on, if the driver does not work where the directory is.
    private let ground: DriverCapabilities.Ground?

    /// A kit for `driver`, which works in `directory`: existing, and on the file system that is of interest.
    ///
    /// - Parameter peers: the drivers with which it has to get on (X2); itself is always one of them.
    public init(_ driver: any StorageDriver, in directory: FilePath, peers: [any StorageDriver] = []) {
        self.driver = driver
        self.directory = directory
        ground = Self.works(driver, in: directory) ? nil : driver.capabilities.ground
        let type = ground?.type
        let others = peers.filter { peer in
            type == nil
                ? Self.works(peer, in: directory) : [nil, type].contains(peer.capabilities.ground?.type)
        }
        self.peers = [driver] + others.filter { $0.name != driver.name }
    }

    /// What has to be said of all results: "btrfs: tried on a btrfs in a file".
    public var remark: String? { ground.map { "\(driver.name): tried on a \($0.type) in a file" } }

    /// Whether a driver that needs a certain file system has it there.
    private static func works(_ driver: any StorageDriver, in directory: FilePath) -> Bool {
        if driver.capabilities.ground == nil { return true }
        let place = directory.appending("probe-\(driver.name)-\(getpid())")
        defer { try? TreeRemoval.remove(place) }
        let support = try? PrivateMountNamespace.run {
            try Files.makeDirectory(place, mode: 0o700)
            return driver.probe(in: place)
        }
        return support?.isSupported ?? false
    }

    /// Tries one case.
    ///
    /// Waits for its end; does not throw, since a failure is a result.
    public func run(_ test: ConformanceCase) -> ConformanceResult {
        let start = Self.now()
        let (verdict, detail) = outcome(of: test)
        return ConformanceResult(
            driver: driver.name, id: test.id, title: test.title, verdict: verdict, detail: detail,
            milliseconds: Int((Self.now() - start) / 1_000_000))
    }

    private func outcome(of test: ConformanceCase) -> (ConformanceResult.Verdict, String?) {
        let place = directory.appending("\(test.id)-\(getpid())")
        let descriptors = Self.descriptors()
        // What is about that which was written through a mount is tried with the opposite.
        let keepsNothing = !driver.capabilities.keepsWrites && KeptWrites.cases.contains(test.id)
        let body = keepsNothing ? KeptWrites.expectNone : test.body
        let (driver, peers, ground) = (driver, peers, ground)
        var outcome: (ConformanceResult.Verdict, String?)
        do {
            try Files.makeDirectory(place, mode: 0o700)
            let declared = try PrivateMountNamespace.run {
                let home = try ground.map { try Self.mount($0, in: place) } ?? place
                defer { if ground != nil { GroundFile.unmount(home) } }
                let scene = try ConformanceScene(driver, in: home, peers: peers)
                let declared = try body(scene)
                // Outside of the namespace none of its mounts can be seen.
                try Self.expectNothingLeft(of: scene, in: home)
                return declared
            }
            outcome = (declared == nil ? .passed : .declared, declared)
        } catch let skip as ConformanceSkip {
            outcome = (.skipped, skip.reason)
        } catch {
            outcome = (.failed, Self.text(of: error))
        }
        do {
            try discardAll(in: place)
            try TreeRemoval.remove(place)
        } catch {
            outcome = (.failed, "something was left behind: \(Self.text(of: error))")
        }
        // Below the case's own place: others may open files meanwhile.
        let left = Self.descriptors().subtracting(descriptors).filter { $0.hasPrefix(place.string) }
        if outcome.0 != .failed, let left = left.first {
            outcome = (.failed, "a descriptor was left open: \(left)")
        }
        return outcome
    }

    /// Discards what snapshots a case has made and not removed.
    private func discardAll(in directory: FilePath) throws {
        if !peers.contains(where: \.capabilities.discards) { return }
        for name in try Files.list(directory, following: false) {
            let path = directory.appending(FilePath(name).components)
            guard Files.isDirectory(path) else { continue }
            let owner = try? Files.read(path.appending("mydocker.driver"))
            guard let driver = peers.first(where: { "\($0.name)\n" == owner }) else {
                try discardAll(in: path)
                continue
            }
            try driver.discard(SnapshotDirectory(path))
        }
    }

    /// A loop device whose file is in a case's place.
    private static func device(backedBy place: FilePath) -> String? {
        ((try? Files.list("/sys/block")) ?? []).first { device in
            device.hasPrefix("loop")
                && (try? Files.read(FilePath("/sys/block/\(device)/loop/backing_file")))?.hasPrefix(
                    place.string) == true
        }
    }

    /// - Throws: ``ConformanceFailure`` if a case that has ended well has left something.
    private static func expectNothingLeft(of scene: ConformanceScene, in place: FilePath) throws {
        if let mount = try MountTable().entries(below: place).first {
            throw ConformanceFailure(reason: "a mount was left: \(mount.target)")
        }
        let children = (try? Files.read("/proc/thread-self/children"))?.split(separator: " ") ?? []
        try expect(children.isEmpty, "a process was left: \(children.first ?? "")")
        // The kernel gives a device back soon after its last mount is gone, and not at once.
        for attempt in 0... {
            guard let device = device(backedBy: place) else { break }
            if attempt == 200 { throw ConformanceFailure(reason: "the loop device \(device) was left") }
            usleep(10_000)
        }
        let store = scene.snapshots.store
        guard Files.isDirectory(store.root.appending("tmp")) else { return }
        // What is being deleted by a process of its own is on its way out.
        let temporary = try Files.list(store.root.appending("tmp")).filter { !$0.hasPrefix("trash-") }
        try expect(temporary.isEmpty, "tmp/\(temporary.first ?? "") was left")
        var known: Set<String> = []
        try scene.snapshots.walk { known.insert($0.key.description) }
        let all = store.root.appending("storage").appending(FilePath(scene.driver.name).components)
            .appending("snapshots")
        let stray = Set((try? Files.list(all)) ?? []).subtracting(known)
        try expect(stray.isEmpty, "the directory \(stray.first ?? "") belongs to no snapshot")
    }

    /// A machine that cannot make the file system cannot try the case.
    private static func mount(_ ground: DriverCapabilities.Ground, in place: FilePath) throws -> FilePath {
        do { return try GroundFile.mount(ground, in: place) } catch {
            throw ConformanceSkip(reason: "a \(ground.type) in a file: \(text(of: error))")
        }
    }

    private static func text(of error: any Error) -> String {
        switch error {
        case let failure as ConformanceFailure: failure.reason
        case let error as any Explained: error.explanation.problem
        default: "\(error)"
        }
    }

    /// What the open descriptors of this process lead to.
    private static func descriptors() -> Set<String> {
        let place: FilePath = "/proc/self/fd"
        let names = (try? Files.list(place)) ?? []
        return Set(names.compactMap { try? Files.readLink(place.appending(FilePath($0).components)) })
    }

    private static func now() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}
