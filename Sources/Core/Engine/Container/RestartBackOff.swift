internal import SystemPackage

/// How long a container that ends again and again stays ended before it is started anew, in docker's measure: from 100 ms
/// twice as long each time, at most a minute, and from the beginning after a run of ten seconds.
struct RestartBackOff {
    private var milliseconds = 100
    private static let most = 60_000
    private static let longRun: Int64 = 10_000_000_000

    /// How long to wait after a run that has taken so many nanoseconds, in milliseconds.
    mutating func next(after run: Int64) -> Int {
        if run >= Self.longRun { milliseconds = 100 }
        defer { milliseconds = min(milliseconds * 2, Self.most) }
        return milliseconds
    }

    /// Waits.
    ///
    /// - Returns: false if somebody has asked the container to stop meanwhile.
    mutating func wait(
        after run: Int64, _ monitor: ContainerMonitor?, in directory: FilePath
    ) throws -> Bool {
        let pause = RestartPause(milliseconds: next(after: run))
        return try pause.wait(monitor) { (try? ContainerRecord(from: directory))?.stopRequested == true }
    }
}
