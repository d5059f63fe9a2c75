internal import CLinux
internal import Glibc
package import Host
internal import SystemPackage

/// What the container's command gets as its standard streams, where it has no terminal of its own.
///
/// A terminal, a pipe without a name and /dev/null are handed on as they are, which costs nothing. Everything else the
/// container could open again, by /proc/self/fd/1, and then read or cut off as a whole: a log that the caller appends
/// to, a disk. So it gets a pipe, and mydocker copies; docker does so with every stream. A directory is refused: it
/// would be a way into the host's file system.
package struct StandardStreams {
    /// What has to be copied while the container runs.
    package let relays: [StreamRelay]

    /// Looks at mydocker's own streams, and makes the pipes that are needed.
    ///
    /// - Parameter takesInput: false if the command gets /dev/null as its input.
    /// - Throws: ``RunError/directoryAsStream(_:)``; ``SystemCallError``.
    package init(takesInput: Bool) throws {
        var relays: [StreamRelay] = []
        if takesInput, try Self.isRelayed(STDIN_FILENO) {
            relays.append(try StreamRelay(for: [STDIN_FILENO]))
        }
        let output = try Self.isRelayed(STDOUT_FILENO)
        let errors = try Self.isRelayed(STDERR_FILENO)
        if output && errors && Self.areSame(STDOUT_FILENO, STDERR_FILENO) {
            // One pipe, so that what is written stays in order.
            relays.append(try StreamRelay(for: [STDOUT_FILENO, STDERR_FILENO]))
        } else {
            if output { relays.append(try StreamRelay(for: [STDOUT_FILENO])) }
            if errors { relays.append(try StreamRelay(for: [STDERR_FILENO])) }
        }
        self.relays = relays
    }

    /// None: the container has a terminal of its own.
    package static var terminal: StandardStreams { StandardStreams(relays: []) }

    /// Pipes in the place of all of them, for a monitor that reads and writes the other ends itself.
    ///
    /// - Parameter takesInput: false if the command gets /dev/null as its input.
    package static func piped(takesInput: Bool) throws(SystemCallError) -> StandardStreams {
        var relays = [
            try StreamRelay(for: [STDOUT_FILENO]), try StreamRelay(for: [STDERR_FILENO]),
        ]
        if takesInput { relays.append(try StreamRelay(for: [STDIN_FILENO])) }
        return StandardStreams(relays: relays)
    }

    /// Lets a container's root open the streams again by their names in /dev, if it is another user outside: the pipes, as
    /// in ``CommandStart/handOverStreams(to:)``.
    func handOver(to root: (user: UInt32, group: UInt32)) {
        for relay in relays { relay.handOver(to: root) }
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            var system = statfs()
            guard fstatfs(stream, &system) == 0, system.f_type == PIPEFS_MAGIC else { continue }
            fchown(stream, root.user, root.group)
        }
    }

    private init(relays: [StreamRelay]) {
        self.relays = relays
    }

    private static func isRelayed(_ stream: Int32) throws -> Bool {
        var status = stat()
        try systemCall("fstat", "standard stream \(stream)") { fstat(stream, &status) }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: throw RunError.directoryAsStream(stream)
        case S_IFIFO:
            var system = statfs()
            return fstatfs(stream, &system) != 0 || system.f_type != PIPEFS_MAGIC
        case S_IFCHR:
            let device = UInt64(status.st_rdev)
            let isNull = clx_device_major(device) == 1 && clx_device_minor(device) == 3
            return !isNull && isatty(stream) == 0
        default: return true
        }
    }

    /// True if both are one open file, as after `2>&1`.
    private static func areSame(_ one: Int32, _ other: Int32) -> Bool {
        let order = clx_same_open_file(one, other)
        if order >= 0 { return order == 1 }
        // A kernel without kcmp(2).
        var (first, second) = (stat(), stat())
        return fstat(one, &first) == 0 && fstat(other, &second) == 0 && first.st_dev == second.st_dev
            && first.st_ino == second.st_ino
    }
}
