internal import ArgumentParser
internal import Core

/// How it is found out whether a container in the background does what it is for.
struct HealthOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What is run in it to find out, by its shell; none for nothing.", valueName: "command"))
    var healthCmd: String?

    @Option(help: ArgumentHelp("How long after one check the next is made; 30s is usual.", valueName: "time"))
    var healthInterval: String?

    @Option(help: ArgumentHelp("How long a check may take; 30s is usual.", valueName: "time"))
    var healthTimeout: String?

    @Option(help: ArgumentHelp("For how long failures do not count after the start.", valueName: "time"))
    var healthStartPeriod: String?

    @Option(help: ArgumentHelp("The interval in that time; 5s is usual.", valueName: "time"))
    var healthStartInterval: String?

    @Option(
        help: ArgumentHelp(
            "How many failures in a row mean that it is unhealthy; 3 is usual.", valueName: "number"))
    var healthRetries: String?

    @Flag(help: "Make no check, whatever the image says.")
    var noHealthcheck = false

    /// The values as they were given.
    struct Given: Equatable {
        var command: String?
        var interval: String?
        var timeout: String?
        var startPeriod: String?
        var startInterval: String?
        var retries: String?
        var isOff = false

        /// What they ask for.
        func request() throws -> HealthRequest {
            var request = HealthRequest()
            guard self != Given() else { return request }
            request.command = command
            request.isOff = isOff
            if isOff && command != nil {
                throw ValidationError("--health-cmd and --no-healthcheck exclude each other")
            }
            request.interval = try Self.time(interval, "--health-interval")
            request.timeout = try Self.time(timeout, "--health-timeout")
            request.startPeriod = try Self.time(startPeriod, "--health-start-period")
            request.startInterval = try Self.time(startInterval, "--health-start-interval")
            request.retries = try retries.flatMap { text in
                guard let number = Int(text), number >= 0 else {
                    throw RunError.invalidOption(
                        option: "--health-retries", value: text, reason: "not a number")
                }
                return number == 0 ? nil : number
            }
            return request
        }

        private static func time(_ text: String?, _ option: String) throws -> Int64? {
            guard let text else { return nil }
            guard let time = GoDuration.nanoseconds(text), time == 0 || time >= 1_000_000 else {
                throw RunError.invalidOption(
                    option: option, value: text, reason: "not a time such as 30s or 1m30s, of at least 1ms")
            }
            return time == 0 ? nil : time
        }
    }
}
