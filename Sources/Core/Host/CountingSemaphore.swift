internal import Glibc

/// A counter that threads wait for (sem_overview(7)); any number of them may use it at once.
package final class CountingSemaphore: @unchecked Sendable {
    private let pointer = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    package init(_ value: UInt32) throws(SystemCallError) {
        let pointer = pointer
        try systemCall("sem_init") { sem_init(pointer, 0, value) }
    }

    deinit {
        sem_destroy(pointer)
        pointer.deallocate()
    }

    /// Adds one.
    package func post() { sem_post(pointer) }

    /// Waits until there is one, and takes it.
    package func wait() {
        // EINTR is its only error.
        while sem_wait(pointer) != 0 {}
    }
}
