internal import CLinux
internal import Glibc
package import Host

/// A mount namespace for a moment: what is mounted in it, nobody else sees, and it goes with it.
public enum PrivateMountNamespace {
    /// Runs `body` on a thread of its own in a new mount namespace, and waits for it.
    ///
    /// The namespace is the thread's alone (unshare(2): CLONE_FS and CLONE_NEWNS are per thread), so the rest
    /// of the process is not touched, and is as single-threaded afterwards as it was before.
    ///
    /// - Throws: what `body` throws; ``SystemCallError`` or ``MountError`` if there is no namespace to be had.
    public static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
        let (thread, result) = try WorkerThread { (clx_thread_id(), Result { try inside(body) }) }.join()
        MountServer.settle(thread: thread)
        return try result.get()
    }

    /// The same, but what serves mounts in it goes on after it, for whoever has got hold of them.
    package static func runLeavingServers<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) throws -> Value {
        try WorkerThread { try inside(body) }.join()
    }

    private static func inside<Value>(_ body: () throws -> Value) throws -> Value {
        try systemCall("unshare", "mount namespace") { clx_unshare(CLONE_FS | CLONE_NEWNS) }
        try Mounting.makeAllPrivate()
        return try body()
    }

    /// The same in a copy of the mount namespace that `namespace` is (an open `/proc/PID/ns/mnt`); `/` is its root
    /// then.
    ///
    /// What is mounted and unmounted in the copy is not in the original.
    package static func run<Value: Sendable>(
        copying namespace: borrowing Descriptor, _ body: @escaping @Sendable () throws -> Value
    ) throws -> Value {
        let original = namespace.rawValue
        return try WorkerThread {
            // setns(2): a thread that shares its root and current directory cannot enter a mount namespace.
            try systemCall("unshare", "root directory") { clx_unshare(CLONE_FS) }
            try systemCall("setns", "mount namespace") { clx_setns(original, CLONE_NEWNS) }
            try systemCall("unshare", "mount namespace") { clx_unshare(CLONE_NEWNS) }
            try Mounting.makeAllPrivate()
            return try body()
        }.join()
    }
}
