import CLinux
import Glibc
import Testing

/// A terminal that a program can be started on: the test types at it and reads what it shows.
final class Terminal {
    private let master: Int32
    private let peer: Int32
    /// The terminal's name: /dev/pts/N.
    let path: String
    private var shown: [UInt8] = []
    private var passed = 0

    init(rows: UInt16 = 24, columns: UInt16 = 80) throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(master >= 0 && clx_unlock_pty(master) == 0)
        // Held open, so that the program's end is not a hang-up, and its mode can be looked at afterwards.
        peer = clx_pty_peer(master, O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(peer >= 0)
        path = try #require(Machine.link("/proc/self/fd/\(peer)"))
        resize(rows: rows, columns: columns)
    }

    deinit {
        close(peer)
        close(master)
    }

    /// What tcgetattr(3) says, as numbers that can be compared.
    var mode: [UInt32] {
        var mode = termios()
        tcgetattr(peer, &mode)
        return [mode.c_iflag, mode.c_oflag, mode.c_cflag, mode.c_lflag]
    }

    /// Changes the size; the kernel sends SIGWINCH to the foreground process group.
    func resize(rows: UInt16, columns: UInt16) {
        clx_set_window_size(master, rows, columns)
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
    }

    /// Blocks until the terminal shows `text`, after what was waited for before.
    func waitFor(_ wantedText: String) throws {
        let wanted = Array(wantedText.utf8)
        while true {
            let rest = shown[passed...]
            if let found = rest.firstRange(of: wanted) {
                passed = found.upperBound
                return
            }
            // Only so that a failure ends: nothing is expected to take a minute.
            var ready = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            let text = String(decoding: shown, as: UTF8.self)
            try #require(poll(&ready, 1, 60_000) > 0, "\"\(wantedText)\" is not shown: \(text)")
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = read(master, &buffer, buffer.count)
            try #require(count > 0, "\"\(text)\" is not shown: \(String(decoding: shown, as: UTF8.self))")
            shown += buffer[..<count]
        }
    }
}
