internal import ArgumentParser
internal import Core
internal import DriverBenchmark

/// What `storage bench` and `storage compare` measure of the user's own.
struct MeasureOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Measure commands in containers of this image, instead of the built-in workloads.",
            valueName: "image"), completion: .images)
    var image: String?

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp(
            "A command that is measured, given to sh -c; or the name of a ready-made one. May be repeated.",
            valueName: "[name=]command"))
    var commands: [String] = []

    @Option(
        help: ArgumentHelp(
            "What is run before a command in the same container, and not measured; name= for one of several.",
            valueName: "[name=]command"))
    var setup: [String] = []

    @Option(
        help: ArgumentHelp(
            "What is run after it: if that fails, the measurement does not count.",
            valueName: "[name=]command"))
    var check: [String] = []

    @Option(
        name: .customLong("metric"),
        help: ArgumentHelp(
            "A value in a command's output: the first group of an extended regular expression. May be repeated.",
            valueName: "name[:less]=pattern"))
    var metrics: [String] = []

    @Option(help: ArgumentHelp("How often each command counts.", valueName: "count"))
    var times = 5

    @Option(
        help: ArgumentHelp("Start so many containers of the image at once: 1,8,64.", valueName: "counts"))
    var crowd: String?

    @Option(
        help: ArgumentHelp(
            "Measure on file systems of these types, made in files of their own: ext4,xfs,btrfs,tmpfs.",
            valueName: "types"))
    var backing: String?

    /// The file systems that are asked for; empty for the store's own.
    func backings() throws -> [DriverCapabilities.Ground] {
        let names = try Self.parts(backing, "--backing")
        return try names.map { name in
            guard let found = DriverCapabilities.Ground.backings.first(where: { $0.type == name }) else {
                let known = DriverCapabilities.Ground.backings.map(\.type).joined(separator: ", ")
                throw ValidationError(
                    "--backing '\(name)': no file system that can be made; there are \(known)")
            }
            return found
        }
    }

    /// What is measured of an image; nil without one.
    func request() throws -> CommandBenchmark.Request? {
        if times < 1 { throw ValidationError("--times must be at least 1") }
        let counts = try Self.parts(crowd, "--crowd").map { word in
            guard let count = Int(word), (1...1000).contains(count) else {
                throw ValidationError("--crowd '\(word)': a number from 1 to 1000")
            }
            return count
        }
        guard image != nil else {
            let given = [("--run", commands), ("--setup", setup), ("--check", check), ("--metric", metrics)]
            if let (option, _) = given.first(where: { !$0.1.isEmpty }) {
                throw ValidationError("\(option) needs an image: --image")
            }
            if crowd != nil { throw ValidationError("--crowd needs an image: --image") }
            return nil
        }
        var request = CommandBenchmark.Request()
        (request.times, request.crowds) = (times, counts)
        let words = commands.isEmpty && counts.isEmpty ? UserCommand.ready.map(\.name) : commands
        request.commands = try UserCommand.all(words, setups: setup, checks: check, metrics: metrics)
        return request
    }

    /// What is measured of an image, as words of a command line.
    var words: [String] {
        var words: [String] = []
        for (option, values) in [
            ("--run", commands), ("--setup", setup), ("--check", check), ("--metric", metrics),
        ] {
            words += values.flatMap { [option, $0] }
        }
        if let image { words += ["--image", image, "--times", "\(times)"] }
        if let crowd { words += ["--crowd", crowd] }
        return words
    }

    private static func parts(_ text: String?, _ option: String) throws -> [String] {
        guard let text else { return [] }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        if parts.contains("") { throw ValidationError("\(option) '\(text)': names separated by commas") }
        if Set(parts).count < parts.count { throw ValidationError("\(option) '\(text)': one of them twice") }
        return parts
    }
}
