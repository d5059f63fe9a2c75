internal import Glibc
internal import Synchronization
internal import SystemPackage

/// A thread that computes one value.
///
/// Threads are short guests here: whoever starts one waits for it, so that the
/// process is as single-threaded afterwards as it was before.
package final class WorkerThread<Value: Sendable> {
    private let job: Job
    private var thread = pthread_t()

    /// Starts `body` on a thread of its own.
    ///
    /// - Throws: ``SystemCallError`` if there is none to be had.
    package init(_ body: @escaping @Sendable () throws -> Value) throws(SystemCallError) {
        let job = Job(body)
        self.job = job
        let context = Unmanaged.passRetained(job as AnyJob)
        let reason = pthread_create(
            &thread, nil,
            { context in
                context.map { Unmanaged<AnyJob>.fromOpaque($0).takeRetainedValue() }?.perform()
                return nil
            }, context.toOpaque())
        guard reason == 0 else {
            context.release()
            throw SystemCallError("pthread_create", errno: Errno(rawValue: reason))
        }
    }

    /// Waits for it.
    ///
    /// To be called once, or ``detach()``.
    ///
    /// - Throws: what the body threw.
    package func join() throws -> Value {
        pthread_join(thread, nil)
        guard let result = job.result else { throw SystemCallError("pthread_create", errno: .canceled) }
        return try result.get()
    }

    /// Leaves it to itself: it may be waiting for something that never comes, and the process is about to fail.
    package func detach() { pthread_detach(thread) }

    private final class Job: AnyJob {
        private let body: @Sendable () throws -> Value
        private(set) var result: Result<Value, any Error>?

        init(_ body: @escaping @Sendable () throws -> Value) {
            self.body = body
        }

        override func perform() {
            result = Result { try body() }
        }
    }
}

private class AnyJob {
    func perform() {}
}

/// Runs `body` with every item, on as many threads as there are processors.
///
/// - Returns: the results, in the order of the items.
/// - Throws: the error of the first item that failed; the others have come to their end then.
package func inParallel<Item: Sendable, Value: Sendable>(
    _ items: [Item], _ body: @escaping @Sendable (Item) throws -> Value
) throws -> [Value] {
    let width = min(items.count, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    if width <= 1 { return try items.map(body) }
    let next = Mutex(0)
    let work: @Sendable () -> [(Int, Result<Value, any Error>)] = {
        var results: [(Int, Result<Value, any Error>)] = []
        while true {
            let index = next.withLock { next in
                defer { next += 1 }
                return next
            }
            guard index < items.count else { return results }
            results.append((index, Result { try body(items[index]) }))
        }
    }
    // This thread works too, so that the others may be refused.
    let threads = (1..<width).compactMap { _ in try? WorkerThread(work) }
    var results = work()
    for thread in threads { results += try thread.join() }
    return try results.sorted { $0.0 < $1.0 }.map { try $0.1.get() }
}
