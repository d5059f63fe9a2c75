package import CLinux
internal import Glibc
package import SystemPackage

/// A program that this process has started, in a process group of its own, and that it has to wait for.
package struct ChildProgram: Sendable {
    /// Its number, until ``wait()``.
    package let process: pid_t

    /// What it finds in its environment, whatever this process has in its own.
    package static let environment = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C",
    ]

    /// Starts a program in "/", with nothing open but its streams.
    ///
    /// - Parameters:
    ///   - file: the executable, opened with O_PATH.
    ///   - path: what it is called; its first argument.
    ///   - streams: its three standard streams.
    ///   - hasOwnMounts: true for a mount namespace of its own.
    ///   - diesWithCaller: true to kill it when the calling thread ends.
    /// - Throws: ``SystemCallError``, that of execve(2) too.
    package static func start(
        _ file: borrowing Descriptor, called path: FilePath, _ arguments: [String],
        environment: [String] = environment, streams: [Int32], hasOwnMounts: Bool = false,
        diesWithCaller: Bool = true
    ) throws(SystemCallError) -> ChildProgram {
        var words = ([path.string] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup($0) } + [nil]
        defer { for word in words + variables { free(word) } }
        var program = clx_program()
        program.executable = file.rawValue
        program.streams = (streams[0], streams[1], streams[2])
        program.has_own_mounts = hasOwnMounts ? 1 : 0
        program.dies_with_parent = diesWithCaller ? 1 : 0
        let process = words.withUnsafeMutableBufferPointer { words in
            variables.withUnsafeMutableBufferPointer { variables in
                program.arguments = UnsafePointer(words.baseAddress)
                program.environment = UnsafePointer(variables.baseAddress)
                return clx_start_program(&program)
            }
        }
        guard process > 0 else { throw SystemCallError("start", path) }
        return ChildProgram(process: process)
    }

    /// Kills it, and all of its process group.
    ///
    /// Before ``wait()``, after which the number may be another's.
    package func kill() {
        Glibc.kill(-process, SIGKILL)
        Glibc.kill(process, SIGKILL)
    }

    /// Waits for its end; what it has left in its process group is killed.
    ///
    /// - Returns: its exit status, or 128 and the signal that ended it.
    @discardableResult
    package func wait() -> Int32 {
        var information = siginfo_t()
        // WNOWAIT: as long as it is not reaped, the group's number is nobody else's.
        while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) < 0 && errno == EINTR {}
        Glibc.kill(-process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return clx_exited(status) != 0 ? clx_exit_status(status) : 128 + clx_term_signal(status)
    }
}
