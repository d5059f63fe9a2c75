internal import CLinux
internal import Glibc

/// The size of a terminal's window, in characters (TIOCGWINSZ(2const)).
enum WindowSize {
    /// Gives the terminal behind `master` the size of the caller's, if one of its streams is a terminal.
    static func copy(to master: Int32) {
        for stream in [STDIN_FILENO, STDOUT_FILENO] where clx_copy_window_size(stream, master) == 0 { return }
    }
}
