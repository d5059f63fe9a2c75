internal import Core
internal import Glibc
internal import Logging

/// Tells on the standard error how far something has come: a bar on a terminal; else a line at the end, or now and then.
final class ProgressReport: ByteProgress {
    private let action: String
    private let logger: Logger
    private let isVerbose: Bool
    private let tellsEnd: Bool
    // Asked when there is something to tell: a start has no time for it.
    private lazy var isTerminal = isatty(STDERR_FILENO) != 0
    private var read: Int64 = 0
    private var lastDrawn: Int64 = 0
    private var lastStep: Int64 = 0
    private var isDrawn = false

    private static let barWidth: Int64 = 30
    /// A source that is shorter is read before anybody wants a line about it.
    private static let shortSource: Int64 = 64 << 20
    /// After how much there is a line where the end is not known.
    private static let unknownStep: Int64 = 256 << 20

    /// - Parameters:
    ///   - action: what is going on: "load".
    ///   - logger: where lines go.
    ///   - isVerbose: nil for a bar on a terminal and nothing else; true for a line now and then.
    init(_ action: String, _ logger: Logger, isVerbose: Bool?) {
        self.action = action
        self.isVerbose = isVerbose ?? false
        tellsEnd = isVerbose != nil
        self.logger = logger
    }

    func advanced(to done: Int64, of total: Int64?) {
        read = done
        if isTerminal {
            draw(done, total)
        } else if isVerbose {
            log(done, total)
        }
    }

    /// Takes the bar away.
    func ended() {
        if isDrawn { show("") }
        isDrawn = false
    }

    /// The same, after it has come to a good end.
    func finish() {
        ended()
        if !isTerminal, !isVerbose, tellsEnd, read >= Self.shortSource {
            logger.notice("\(action): read \(humanSize(read))")
        }
    }

    /// At most ten times a second.
    private func draw(_ done: Int64, _ total: Int64?) {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let tenths = Int64(now.tv_sec) * 10 + Int64(now.tv_nsec) / 100_000_000
        guard tenths != lastDrawn else { return }
        lastDrawn = tenths
        isDrawn = true
        guard let total, total > 0 else { return show("\(action) \(humanSize(done))") }
        let filled = min(done * Self.barWidth / total, Self.barWidth)
        let bar =
            String(repeating: "=", count: Int(filled))
            + String(repeating: " ", count: Int(Self.barWidth - filled))
        show("\(action) [\(bar)] \(done * 100 / total)% \(humanSize(done)) of \(humanSize(total))")
    }

    /// Replaces the terminal's line.
    private func show(_ text: String) {
        var bytes = Array("\r\u{1b}[K\(text)".utf8)
        write(STDERR_FILENO, &bytes, bytes.count)
    }

    private func log(_ done: Int64, _ total: Int64?) {
        if let total {
            let step = total > 0 ? done * 10 / total : 0
            guard total >= Self.shortSource, step != lastStep else { return }
            lastStep = step
            logger.notice("\(action): \(step * 10)% of \(humanSize(total))")
        } else if done / Self.unknownStep != lastStep {
            lastStep = done / Self.unknownStep
            logger.notice("\(action): \(humanSize(done))")
        }
    }
}
