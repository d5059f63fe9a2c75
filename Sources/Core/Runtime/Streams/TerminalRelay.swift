internal import Glibc
internal import Host
internal import SystemPackage

/// Copies what is typed to the container's terminal and what is shown there to the standard output.
///
/// Only the master side is non-blocking: the standard streams may be shared with the user's shell, which
/// would not expect that of them.
struct TerminalRelay {
    private let master: Int32
    private var input: Int32?
    private var typed: ArraySlice<UInt8> = []
    /// True once the input has ended; a terminal's ends when it is closed.
    var hasInputEnded: Bool { input == nil }
    private var isOutputOpen = true
    private var events: (input: Bool, master: Bool) = (false, false)

    init(master: Int32, takesInput: Bool) {
        self.master = master
        input = takesInput ? STDIN_FILENO : nil
    }

    /// Blocks until there is something to copy or a signal.
    ///
    /// - Parameter patience: for how long, in milliseconds; -1 for ever.
    mutating func waitForEvents(
        or signals: borrowing Descriptor, patience: Int32
    ) throws(SystemCallError) {
        let masterEvents = (isOutputOpen ? POLLIN : 0) | (typed.isEmpty ? 0 : POLLOUT)
        var set = [
            pollfd(fd: signals.rawValue, events: Int16(POLLIN), revents: 0),
            pollfd(fd: masterEvents == 0 ? -1 : master, events: Int16(masterEvents), revents: 0),
            pollfd(fd: typed.isEmpty ? input ?? -1 : -1, events: Int16(POLLIN), revents: 0),
        ]
        try systemCall("poll") { poll(&set, nfds_t(set.count), patience) }
        events = (input: set[2].revents != 0, master: set[1].revents != 0)
    }

    /// Passes on what was typed; at the end of the input, the container's terminal goes on without.
    mutating func copyInput() {
        if let input, events.input, typed.isEmpty {
            let bytes = StreamBytes.read(input)
            if let bytes, !bytes.isEmpty { typed = bytes[...] } else { self.input = nil }
        }
        guard !typed.isEmpty else { return }
        if let count = StreamBytes.write(typed, to: master) {
            typed = typed.dropFirst(count)
        } else if errno != EAGAIN {
            typed = []
        }
    }

    /// Shows what the container has written, one buffer at a time.
    mutating func copyOutput() {
        guard isOutputOpen && events.master else { return }
        _ = showNext()
    }

    /// Shows everything that is left.
    mutating func drainOutput() {
        while isOutputOpen && showNext() {}
    }

    /// - Returns: false if there was nothing to show.
    private mutating func showNext() -> Bool {
        // EIO: nobody holds the other side open (tty_ioctl(4), "hung up"); EAGAIN: nothing there right now.
        guard let bytes = StreamBytes.read(master) else {
            if errno == EIO { isOutputOpen = false }
            return false
        }
        guard !bytes.isEmpty else {
            isOutputOpen = false
            return false
        }
        // If nobody reads any more, go on, so that the container does not block.
        _ = StreamBytes.writeAll(bytes, to: STDOUT_FILENO)
        return true
    }
}
