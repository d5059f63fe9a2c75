internal import Glibc
internal import Host
internal import Logging
internal import Runtime

/// A container's process, with whoever watches over it: the foreground, or a monitor.
struct WatchedContainer: ~Copyable {
    private let foreground: ContainerSession?
    private let background: MonitorSession?

    init(
        _ process: consuming ContainerProcess, _ streams: StandardStreams, _ spec: ContainerSpec,
        _ monitor: ContainerMonitor?, _ logger: Logger
    ) throws {
        if monitor == nil {
            foreground = try ContainerSession(
                process, streams: streams, takesInput: spec.interactive, stopSignal: spec.stopSignal,
                logger: logger)
            background = nil
        } else {
            background = try MonitorSession(process, streams, stopSignal: spec.stopSignal, logger: logger)
            foreground = nil
        }
    }

    /// Waits for the command's end.
    borrowing func wait(_ monitor: ContainerMonitor?) throws -> ExitStatus {
        if let monitor { return try waitInBackground(monitor) }
        return try waitInForeground()
    }

    private borrowing func waitInBackground(_ monitor: ContainerMonitor) throws -> ExitStatus {
        switch background {
        case .some(let session): try session.wait(monitor)
        case .none: .ownError
        }
    }

    private borrowing func waitInForeground() throws -> ExitStatus {
        switch foreground {
        case .some(let session): try session.wait()
        case .none: .ownError
        }
    }

    /// Why output of the container was lost, if any was.
    borrowing func lostOutput() -> SystemCallError? {
        switch foreground {
        case .some(let session): session.lostOutput()
        case .none: nil
        }
    }
}
