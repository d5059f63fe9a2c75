internal import CLinux
internal import Glibc
internal import SystemPackage

/// A mount namespace for a moment: what is mounted in it, nobody else sees, and it goes with it.
public enum PrivateMountNamespace {
    /// Runs `body` on a thread of its own in a new mount namespace, and waits for it.
    ///
    /// The namespace is the thread's alone (unshare(2): CLONE_FS and CLONE_NEWNS are per thread), so the rest
    /// of the process is not touched, and is as single-threaded afterwards as it was before.
    ///
    /// - Throws: what `body` throws; ``SystemCallError`` or ``MountError`` if there is no namespace to be had.
    public static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
        let job = Job(body)
        let context = Unmanaged.passRetained(job)
        var thread = pthread_t()
        let reason = pthread_create(
            &thread, nil,
            { context in
                let job = context.map { Unmanaged<AnyJob>.fromOpaque($0).takeRetainedValue() }
                job?.perform()
                return nil
            }, context.toOpaque())
        guard reason == 0 else {
            context.release()
            throw SystemCallError("pthread_create", errno: Errno(rawValue: reason))
        }
        pthread_join(thread, nil)
        guard let result = job.result else { throw SystemCallError("pthread_create", errno: .canceled) }
        return try result.get()
    }

    private class AnyJob {
        func perform() {}
    }

    private final class Job<Value: Sendable>: AnyJob {
        private let body: @Sendable () throws -> Value
        private(set) var result: Result<Value, any Error>?

        init(_ body: @escaping @Sendable () throws -> Value) {
            self.body = body
        }

        override func perform() {
            result = Result {
                try systemCall("unshare", "mount namespace") { clx_unshare(CLONE_FS | CLONE_NEWNS) }
                try Mounting.makeAllPrivate()
                return try body()
            }
        }
    }
}
