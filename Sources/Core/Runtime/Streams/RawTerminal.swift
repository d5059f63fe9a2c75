internal import CLinux
internal import Glibc
package import Host
internal import SystemPackage

/// A terminal in raw mode, which is given its old mode back when this value goes.
package struct RawTerminal: ~Copyable {
    private let descriptor: Int32
    private let previous: termios

    private init(_ descriptor: Int32, previous: termios) {
        self.descriptor = descriptor
        self.previous = previous
    }

    /// Puts the terminal behind `descriptor` into raw mode (termios(3), cfmakeraw).
    package static func enter(_ descriptor: Int32) throws(SystemCallError) -> RawTerminal {
        var mode = termios()
        try systemCall("tcgetattr", "the terminal") { tcgetattr(descriptor, &mode) }
        let terminal = RawTerminal(descriptor, previous: mode)
        cfmakeraw(&mode)
        try systemCall("tcsetattr", "the terminal") { tcsetattr(descriptor, TCSANOW, &mode) }
        return terminal
    }

    deinit {
        var mode = previous
        tcsetattr(descriptor, TCSANOW, &mode)
    }
}
