internal import Synchronization

/// Adds up what several threads have read or written, and tells one ``ByteProgress``, in one thread at a time.
package final class ByteMeter: @unchecked Sendable {
    // Only used while `done` is locked.
    private let progress: any ByteProgress
    private let total: Int64?
    private let done = Mutex<Int64>(0)

    /// Less is there before anybody could read about it.
    private static let threshold: Int64 = 16 << 20

    /// - Parameters:
    ///   - progress: who is told; nil for nobody, and nothing is counted.
    ///   - total: how much there will be, if that is known; a little is not counted.
    package init?(_ progress: (any ByteProgress)?, total: Int64? = nil) {
        guard let progress, (total ?? .max) >= Self.threshold else { return nil }
        self.progress = progress
        self.total = total
    }

    package func add(_ count: Int) {
        done.withLock { done in
            done += Int64(count)
            // A layer that two commands unpack at once may be read twice.
            progress.advanced(to: min(done, total ?? done), of: total)
        }
    }

    /// There is nothing more to come.
    package func end() { done.withLock { _ in progress.ended() } }
}
