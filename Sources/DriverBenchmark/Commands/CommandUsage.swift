internal import Glibc

/// What a command took, as `exec --usage FILE` writes it: four numbers in one line.
public struct CommandUsage: Sendable, Equatable {
    /// Seconds from its start to its end.
    public let wall: Double
    /// Seconds of processor time outside the kernel, and inside.
    public let user: Double
    /// Seconds of processor time inside the kernel.
    public let system: Double
    /// The most memory that one of its processes had, in bytes.
    public let memory: Int

    /// What all children that this process has waited for took (getrusage(2)), and since when.
    public static func ofChildren(since start: Double) -> CommandUsage {
        let wall = Stopwatch.now() - start
        var usage = rusage()
        getrusage(RUSAGE_CHILDREN.rawValue, &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return CommandUsage(
            wall: wall, user: seconds(usage.ru_utime), system: seconds(usage.ru_stime),
            // In KiB.
            memory: usage.ru_maxrss * 1024)
    }

    /// The clock that ``ofChildren(since:)`` means, in seconds.
    public static func now() -> Double { Stopwatch.now() }

    private init(wall: Double, user: Double, system: Double, memory: Int) {
        (self.wall, self.user, self.system, self.memory) = (wall, user, system, memory)
    }

    /// What a file says.
    init?(_ text: String) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 4, let wall = Double(words[0]), let user = Double(words[1]),
            let system = Double(words[2]), let memory = Int(words[3])
        else { return nil }
        self.init(wall: wall, user: user, system: system, memory: memory)
    }

    /// What is in the file.
    public var text: String { "\(wall) \(user) \(system) \(memory)\n" }
}
