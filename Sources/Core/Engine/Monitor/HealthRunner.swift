internal import Glibc
internal import Host
internal import Logging
internal import Runtime
internal import Storage
internal import SystemPackage

/// Runs a container's health checks, one at a time, beside what its monitor does.
final class HealthRunner {
    private let check: HealthCheck
    private let exec: ContainerExec
    private let id: String
    private let directory: FilePath
    private let began = WallClock.now
    private var state = HealthState()
    private var next: Int64
    private var running: Probe?

    /// A check that is being made.
    private final class Probe {
        let process: ContainerProcess
        let streams: StandardStreams
        let start = WallClock.now
        var output: [UInt8] = []

        init(_ process: consuming ContainerProcess, _ streams: StandardStreams) {
            self.process = process
            self.streams = streams
        }
    }

    /// As much of a check's output as docker keeps.
    private static let mostOutput = 4096

    /// The checks of a container that has just been started.
    init(_ check: HealthCheck, of id: String, in directory: FilePath, store: Store, logger: Logger) {
        self.check = check
        self.id = id
        self.directory = directory
        exec = ContainerExec(in: store, logger: logger)
        next = began + (check.startPeriod > 0 ? min(check.startInterval, check.interval) : check.interval)
        try? state.write(to: directory)
    }

    /// Kills a check that is being made.
    func end() {
        guard let running else { return }
        running.process.relay(SIGKILL)
        finish(running, nil)
    }

    /// How long nothing has to be done, in milliseconds.
    var patience: Int32 {
        let due = running.map { $0.start + check.timeout } ?? next
        return Int32(clamping: max(0, (due - WallClock.now + 999_999) / 1_000_000))
    }

    /// What poll(2) has to wait for.
    var interest: [pollfd] {
        running?.streams.relays.map { pollfd(fd: $0.end, events: Int16(POLLIN), revents: 0) } ?? []
    }

    /// Does what is due: takes output, begins a check, ends one that has ended or takes too long.
    func work() {
        guard let running else {
            if WallClock.now >= next { begin() }
            return
        }
        read(running)
        // nil after an error: there is no such process any more.
        let status = (try? running.process.exitStatus()) ?? nil
        if status != nil {
            finish(running, status)
        } else if WallClock.now >= running.start + check.timeout {
            running.process.relay(SIGKILL)
            var ended: ExitStatus?
            // It is on its way: nothing can ignore this signal.
            while ended == nil {
                guard let status = try? running.process.exitStatus() else { break }
                ended = status
                usleep(1000)
            }
            finish(running, nil)
        }
    }

    private func begin() {
        var request = ExecRequest()
        request.arguments = check.arguments.map { Array($0.utf8) }
        do {
            let streams = try StandardStreams.piped(takesInput: false)
            running = Probe(try exec.start(request, in: id, streams, outlives: false), streams)
        } catch {
            let now = WallClock.now
            note(HealthState.Check(start: now, end: now, exitCode: -1, output: error.problem))
        }
    }

    private func read(_ probe: Probe) {
        for relay in probe.streams.relays where relay.end >= 0 {
            while let bytes = StreamBytes.read(relay.end) {
                if bytes.isEmpty {
                    relay.closeEnd()
                    break
                }
                probe.output += bytes.prefix(Self.mostOutput - probe.output.count)
            }
        }
    }

    private func finish(_ probe: Probe, _ status: ExitStatus?) {
        read(probe)
        running = nil
        let late = status == nil ? "Health check exceeded timeout" : ""
        note(
            HealthState.Check(
                start: probe.start, end: WallClock.now, exitCode: status?.rawValue ?? -1,
                output: String(decoding: probe.output, as: UTF8.self) + late))
    }

    private func note(_ result: HealthState.Check) {
        let isStarting = state.status == "starting" && result.end < began + check.startPeriod
        state.note(result, retries: check.retries, counts: !isStarting)
        try? state.write(to: directory)
        next = WallClock.now + (isStarting ? min(check.startInterval, check.interval) : check.interval)
    }
}
