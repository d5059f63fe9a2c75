/// What is measured of a user's command.
struct Measure: Sendable, Equatable {
    let name: String
    let unit: String
    let better: BenchmarkResult.Better

    private init(_ name: String, _ unit: String, _ better: BenchmarkResult.Better = .less) {
        (self.name, self.unit, self.better) = (name, unit, better)
    }

    init(_ metric: Metric) {
        self.init(metric.name, "", metric.better)
    }

    /// How long it took, from its first to its last instruction.
    static let wall = Measure("wall", "s")
    /// The processor time that it and what it waited for took outside and inside the kernel, as time(1) has it.
    static let user = Measure("user", "s")
    static let system = Measure("system", "s")
    /// The most memory that one of its processes had (getrusage(2), ru_maxrss).
    static let memory = Measure("memory", "bytes")
    /// What was written to the disk below the store from its start until all of it was synced.
    static let written = Measure("written", "bytes")
    /// The files of the image that it made the write layer hold.
    static let copyUps = Measure("copy-ups", "files")
    /// How long it took to make a container and to start it.
    static let start = Measure("start", "s")

    static let all = [wall, user, system, memory, written, copyUps, start]

    /// How many containers were started in a second.
    static let starts = Measure("starts", "per s", .more)
    /// What each of them takes of the memory, what they share counted in parts (PSS).
    static let share = Measure("memory", "bytes")
    /// How often one file of the image is in the page cache when all of them have read it.
    static let copies = Measure("page-cache", "copies")

    static let names = Set((all + [starts, share, copies]).map(\.name))
}
