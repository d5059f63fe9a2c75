internal import CLinux
internal import Glibc

/// The size of a terminal's window, in characters (TIOCGWINSZ(2const)).
package enum WindowSize {
    /// Gives the terminal behind `master` the size of the caller's, if one of its streams is a terminal.
    static func copy(to master: Int32) {
        for stream in [STDIN_FILENO, STDOUT_FILENO] where clx_copy_window_size(stream, master) == 0 { return }
    }

    /// The size of the caller's terminal, if one of its streams is one.
    package static func own() -> (rows: UInt16, columns: UInt16)? {
        for stream in [STDIN_FILENO, STDOUT_FILENO] {
            var (rows, columns) = (UInt16(0), UInt16(0))
            if clx_get_window_size(stream, &rows, &columns) == 0 { return (rows, columns) }
        }
        return nil
    }
}
