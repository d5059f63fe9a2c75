internal import Host

extension ContainerLogEntry {
    /// What a line of a log says, in either form, without its end; nil if it says nothing.
    init?(_ line: ArraySlice<UInt8>) {
        // A machine that lost its power may have left room for a line without the line.
        let line = line.drop { $0 == 0 }
        if line.first == UInt8(ascii: "{") {
            self.init(json: line)
        } else {
            self.init(k8s: line)
        }
    }

    private init?(k8s line: ArraySlice<UInt8>) {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, let time = LogTime.nanoseconds(parts[0]),
            let stream = ContainerLogStream(parts[1]),
            let end = parts[2].first, end == UInt8(ascii: "F") || end == UInt8(ascii: "P")
        else { return nil }
        self.init(
            stream: stream, time: time,
            text: Array(parts[3]) + (end == UInt8(ascii: "F") ? [UInt8(ascii: "\n")] : []))
    }

    private init?(json line: ArraySlice<UInt8>) {
        var reader = LogObjectReader(rest: line)
        var text: [UInt8]?
        var stream: ContainerLogStream?
        var time: Int64?
        guard reader.take("{") else { return nil }
        repeat {
            guard let name = reader.string(), reader.take(":") else { return nil }
            switch name {
            case Self.textName: text = reader.string()
            case Self.streamName: stream = reader.string().flatMap { ContainerLogStream($0[...]) }
            case Self.timeName: time = reader.string().flatMap { LogTime.nanoseconds($0[...]) }
            default: guard reader.skipValue() else { return nil }
            }
        } while reader.take(",")
        // Docker leaves the text out where there is none.
        guard reader.take("}"), reader.rest.isEmpty, let stream, let time else { return nil }
        self.init(stream: stream, time: time, text: text ?? [])
    }

    private static let textName = Array("log".utf8)
    private static let streamName = Array("stream".utf8)
    private static let timeName = Array("time".utf8)
}

extension ContainerLogStream {
    /// The stream of this name.
    fileprivate init?(_ name: ArraySlice<UInt8>) {
        switch String(decoding: name, as: UTF8.self) {
        case "stdout": self = .stdout
        case "stderr": self = .stderr
        default: return nil
        }
    }
}
