internal import CLinux
internal import Glibc

/// A process of our own that nobody waits for, and that outlives this one.
package enum DetachedProcess {
    /// Starts to run `body`, with nothing open but /dev/null as the three standard streams.
    ///
    /// Must be called while this process has a single thread: the new one goes on in a copy of its memory.
    ///
    /// - Parameter kept: a descriptor that stays open; `body` is told its number there.
    package static func start(keeping kept: Int32? = nil, _ body: (Int32?) -> Void) {
        let process = clx_clone(0, -1, nil)
        guard process == 0 else { return }
        // Whoever waits for the end of this program's output, or its terminal, is not to wait for this.
        setsid()
        let nothing = clx_openat(AT_FDCWD, "/dev/null", O_RDWR, 0)
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] { dup2(nothing, stream) }
        let first = STDERR_FILENO + 1
        if let kept { dup2(kept, first) }
        try? OpenDescriptors.close(from: UInt32(kept == nil ? first : first + 1))
        _ = chdir("/")
        clx_reset_signals()
        body(kept == nil ? nil : first)
        _exit(0)
    }
}
