internal import CLinux
internal import Glibc
internal import Host
internal import Runtime

/// The time between the end of a container and its next start.
struct RestartPause {
    let milliseconds: Int

    /// Waits, and serves who is attached meanwhile.
    ///
    /// - Parameter isStopped: is asked whenever something has happened.
    /// - Returns: false if it is not to be started again.
    /// - Throws: ``SystemCallError``.
    func wait(_ monitor: ContainerMonitor?, isStopped: () -> Bool) throws -> Bool {
        let previousMask = try ContainerSession.blockSignals()
        defer { ContainerSession.restoreSignals(previousMask) }
        let signals = try ContainerSession.signalDescriptor()
        let end = WallClock.now + Int64(milliseconds) * 1_000_000
        while true {
            if isStopped() || monitor?.isEnding == true { return false }
            let left = (end - WallClock.now) / 1_000_000
            if left <= 0 { return true }
            var set = [pollfd(fd: signals.rawValue, events: Int16(POLLIN), revents: 0)]
            set += monitor?.interest(readsInput: true) ?? []
            try systemCall("poll") { poll(&set, nfds_t(set.count), Int32(min(left, 60_000))) }
            while let signal = ContainerSession.nextSignal(from: signals) {
                if ![SIGCHLD, SIGWINCH].contains(signal) { return false }
            }
            _ = monitor?.handle(set[1...])
        }
    }
}
