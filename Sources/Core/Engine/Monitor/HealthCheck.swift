internal import Images
internal import Runtime
internal import Storage

/// How it is found out whether a container does what it is for: `--health-cmd` and what belongs to it, or the image's
/// HEALTHCHECK.
///
/// All times are in nanoseconds.
public struct HealthCheck: Sendable, Equatable {
    /// The command that is run in the container, and ends with 0 if all is well.
    public var arguments: [String]
    /// From the end of one check to the beginning of the next.
    public var interval: Int64 = 30_000_000_000
    /// A check that takes longer has failed.
    public var timeout: Int64 = 30_000_000_000
    /// For so long after the start a failure does not count.
    public var startPeriod: Int64 = 0
    /// The ``interval`` in that time.
    public var startInterval: Int64 = 5_000_000_000
    /// So many failures one after the other mean that it is unhealthy.
    public var retries = 3

    /// A check by a command, with docker's measures.
    public init(arguments: [String]) {
        self.arguments = arguments
    }

    /// A command as a user or an image writes it: "CMD" and words, "CMD-SHELL" and a line; nil for "NONE" and for none.
    init?(test: [String]) {
        switch test.first {
        case "CMD" where test.count > 1: self.init(arguments: Array(test.dropFirst()))
        case "CMD-SHELL" where test.count == 2: self.init(arguments: ["/bin/sh", "-c", test[1]])
        default: return nil
        }
    }

    /// What an image says; nil if nothing.
    init?(image value: JSONValue?) {
        guard case .object(let members)? = value, case .array(let words)? = members["Test"] else {
            return nil
        }
        let test = words.compactMap { if case .string(let word) = $0 { word } else { nil } }
        guard let check = HealthCheck(test: test) else { return nil }
        self = check
        func read(_ name: String, _ target: inout Int64) {
            if case .integer(let number)? = members[name], number > 0 { target = number }
        }
        read("Interval", &interval)
        read("Timeout", &timeout)
        read("StartPeriod", &startPeriod)
        read("StartInterval", &startInterval)
        if case .integer(let number)? = members["Retries"], number > 0 { retries = Int(clamping: number) }
    }
}

/// What a user says of a container's health check, each of which replaces what the image says.
public struct HealthRequest: Sendable, Equatable {
    /// `--health-cmd`: a line for the shell; "none" for no check.
    public var command: String?
    /// `--no-healthcheck`.
    public var isOff = false
    /// `--health-interval`, in nanoseconds; nil for the image's.
    public var interval: Int64?
    /// `--health-timeout`.
    public var timeout: Int64?
    /// `--health-start-period`.
    public var startPeriod: Int64?
    /// `--health-start-interval`.
    public var startInterval: Int64?
    /// `--health-retries`.
    public var retries: Int?

    /// Nothing is said.
    public init() {}

    /// The check that comes of it.
    func check(image: @autoclosure () -> HealthCheck?) -> HealthCheck? {
        if isOff || command == "none" { return nil }
        guard var check = command.map({ HealthCheck(arguments: ["/bin/sh", "-c", $0]) }) ?? image() else {
            return nil
        }
        if let interval { check.interval = interval }
        if let timeout { check.timeout = timeout }
        if let startPeriod { check.startPeriod = startPeriod }
        if let startInterval { check.startInterval = startInterval }
        if let retries { check.retries = retries }
        return check
    }
}

extension HealthCheck: Decodable {
    private enum CodingKeys: CodingKey {
        case arguments, interval, timeout, startPeriod, startInterval, retries
    }

    /// Reads what ``json`` has written.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(arguments: try values.decode([String].self, forKey: .arguments))
        interval = try values.decode(Int64.self, forKey: .interval)
        timeout = try values.decode(Int64.self, forKey: .timeout)
        startPeriod = try values.decode(Int64.self, forKey: .startPeriod)
        startInterval = try values.decode(Int64.self, forKey: .startInterval)
        retries = try values.decode(Int.self, forKey: .retries)
    }

    var json: String {
        ContainerSpec.object([
            ("arguments", ContainerSpec.array(arguments, JSONValue.quoted)), ("interval", "\(interval)"),
            ("timeout", "\(timeout)"), ("startPeriod", "\(startPeriod)"),
            ("startInterval", "\(startInterval)"),
            ("retries", "\(retries)"),
        ])
    }
}
