internal import Glibc
internal import SystemPackage

/// Copies what is typed to the container's terminal and what is shown there to the standard output.
///
/// Only the master side is non-blocking: the standard streams may be shared with the user's shell, which
/// would not expect that of them.
struct TerminalRelay {
    private let master: Int32
    private var input: Int32?
    private var typed: ArraySlice<UInt8> = []
    private var isOutputOpen = true
    private var events: (input: Bool, master: Bool) = (false, false)

    init(master: Int32, takesInput: Bool) {
        self.master = master
        input = takesInput ? STDIN_FILENO : nil
    }

    /// Blocks until there is something to copy or a signal.
    mutating func waitForEvents(or signals: borrowing Descriptor) throws(SystemCallError) {
        let masterEvents = (isOutputOpen ? POLLIN : 0) | (typed.isEmpty ? 0 : POLLOUT)
        var set = [
            pollfd(fd: signals.rawValue, events: Int16(POLLIN), revents: 0),
            pollfd(fd: masterEvents == 0 ? -1 : master, events: Int16(masterEvents), revents: 0),
            pollfd(fd: typed.isEmpty ? input ?? -1 : -1, events: Int16(POLLIN), revents: 0),
        ]
        try systemCall("poll") { poll(&set, nfds_t(set.count), -1) }
        events = (input: set[2].revents != 0, master: set[1].revents != 0)
    }

    /// Passes on what was typed; at the end of the input, the container's terminal goes on without.
    mutating func copyInput() {
        if let input, events.input, typed.isEmpty {
            let bytes = Self.read(input)
            if let bytes, !bytes.isEmpty { typed = bytes[...] } else { self.input = nil }
        }
        guard !typed.isEmpty else { return }
        let count = typed.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
        if count > 0 {
            typed = typed.dropFirst(count)
        } else if errno != EAGAIN && errno != EINTR {
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
        guard let bytes = Self.read(master) else {
            if errno == EIO { isOutputOpen = false }
            return false
        }
        guard !bytes.isEmpty else {
            isOutputOpen = false
            return false
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            // Nobody reads any more: go on, so that the container does not block.
            if count < 0 { break }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// read(2) of up to one buffer; nil on failure, with errno set.
    private static func read(_ descriptor: Int32) -> [UInt8]? {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 32 << 10) { buffer, initialized in
            repeat {
                count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            } while count < 0 && errno == EINTR
            initialized = max(count, 0)
        }
        return count < 0 ? nil : bytes
    }
}
