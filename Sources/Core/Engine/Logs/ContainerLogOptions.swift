internal import Host
public import Runtime
internal import Storage

/// How a container's log is kept: `--log-driver` and `--log-opt`.
public struct ContainerLogOptions: Sendable, Equatable, Codable {
    /// The form.
    public var driver = ContainerLogDriver.jsonFile
    /// A file gets no larger than so many bytes; nil for no bound.
    public var maxSize: Int64? = defaultMaxSize
    /// How many files there are at most, the one that is being written among them.
    public var maxFiles = defaultMaxFiles

    // A disk is not to be filled by what nobody asked for: the bounds of docker's driver `local`.
    static let defaultMaxSize: Int64 = 20_000_000
    static let defaultMaxFiles = 5
    /// A reader holds them all open.
    static let mostFiles = 500

    /// The usual: json-file, five files of 20 MB.
    public init() {}

    /// What the words of a command line mean.
    ///
    /// As docker has it, a bound of the size alone means that there is one file, and what is in it goes at a rotation.
    ///
    /// - Parameters:
    ///   - driver: the value of `--log-driver`; nil for the usual one.
    ///   - options: the values of `--log-opt`, NAME=VALUE.
    /// - Throws: ``RunError/invalidOption(option:value:reason:)``.
    public init(driver: String?, options: [String]) throws(RunError) {
        if let driver {
            guard let known = ContainerLogDriver(rawValue: driver) else {
                throw RunError.invalidOption(
                    option: "--log-driver", value: driver, reason: "there are json-file, k8s-file and none")
            }
            self.driver = known
        }
        var sizeIsGiven = false
        var filesAreGiven = false
        for option in options {
            func refuse(_ reason: String) -> RunError {
                .invalidOption(option: "--log-opt", value: option, reason: reason)
            }
            if self.driver == .none { throw refuse("--log-driver none keeps no log, and takes no options") }
            guard let equals = option.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                throw refuse("not of the form NAME=VALUE")
            }
            let value = String(option[option.index(after: equals)...])
            switch option[..<equals] {
            case "max-size":
                guard let size = Self.size(value) else {
                    throw refuse("not a number of bytes with an optional k, m or g, nor -1 for no bound")
                }
                maxSize = size > 0 ? size : nil
                sizeIsGiven = true
            case "max-file":
                guard let files = Int(value), (1...Self.mostFiles).contains(files) else {
                    throw refuse("not a number from 1 to \(Self.mostFiles)")
                }
                maxFiles = files
                filesAreGiven = true
            default: throw refuse("the options of logs are max-size and max-file")
            }
        }
        if sizeIsGiven, !filesAreGiven { maxFiles = 1 }
    }

    /// Bytes from docker's words, whose units are powers of a thousand: "10m", "1.5 GB", "-1"; nil for no size.
    private static func size(_ text: String) -> Int64? {
        if text == "-1" { return -1 }
        let digits = text.utf8.prefix { $0.isASCIIDigit || $0 == UInt8(ascii: ".") }
        var unit = String(decoding: text.utf8.dropFirst(digits.count), as: UTF8.self).lowercased()
        if unit.utf8.first == UInt8(ascii: " ") { unit.removeFirst() }
        guard let first = digits.first, first.isASCIIDigit, let last = digits.last, last.isASCIIDigit,
            let number = Double(String(decoding: digits, as: UTF8.self)),
            let factor: Double = [
                "": 1, "b": 1, "k": 1e3, "kb": 1e3, "kib": 1e3, "m": 1e6, "mb": 1e6, "mib": 1e6, "g": 1e9,
                "gb": 1e9, "gib": 1e9, "t": 1e12, "tb": 1e12, "tib": 1e12,
            ][unit], case let bytes = number * factor, bytes >= 1, bytes < 9e18
        else { return nil }
        return Int64(bytes)
    }
}

/// A record holds what is not usual.
extension ContainerLogOptions {
    private enum CodingKeys: String, CodingKey {
        case driver, maxSize, maxFiles
    }

    /// Reads what ``json`` wrote.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        driver = try members.decodeIfPresent(ContainerLogDriver.self, forKey: .driver) ?? .jsonFile
        let size = try members.decodeIfPresent(Int64.self, forKey: .maxSize) ?? Self.defaultMaxSize
        maxSize = size > 0 ? size : nil
        maxFiles = min(
            max(try members.decodeIfPresent(Int.self, forKey: .maxFiles) ?? Self.defaultMaxFiles, 1),
            Self.mostFiles)
    }

    /// The options as a JSON object, without what is usual; by hand, because JSONEncoder takes its time.
    var json: String {
        var members: [String] = []
        if driver != .jsonFile { members.append("\"driver\":\(JSONValue.quoted(driver.rawValue))") }
        if maxSize != Self.defaultMaxSize { members.append("\"maxSize\":\(maxSize ?? -1)") }
        if maxFiles != Self.defaultMaxFiles { members.append("\"maxFiles\":\(maxFiles)") }
        return "{" + members.joined(by: ",") + "}"
    }

    /// Writes all of them.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(driver, forKey: .driver)
        try members.encode(maxSize ?? -1, forKey: .maxSize)
        try members.encode(maxFiles, forKey: .maxFiles)
    }
}
