import SystemPackage

@testable import Engine
@testable import Host

/// A log in a directory of its own.
struct LogScene {
    let directory: TemporaryDirectory
    var options = ContainerLogOptions()

    init(_ options: ContainerLogOptions = .init()) throws {
        directory = try TemporaryDirectory()
        self.options = options
    }

    /// A writer of it.
    func writer() throws -> ContainerLogWriter { try ContainerLogWriter(in: directory.path, options) }

    /// The names of its files.
    var files: [String] { get throws { try Files.list(directory.path).sorted() } }

    /// What one of its files holds.
    func content(_ name: String = "container.log") throws -> String {
        try text(directory.path.appending(name))
    }

    /// What a reader gives.
    func entries(_ query: ContainerLogQuery = .init()) throws -> [ContainerLogEntry] {
        var reader = try ContainerLogReader(in: directory.path, query)
        var entries: [ContainerLogEntry] = []
        while let entry = try reader.next() { entries.append(entry) }
        return entries
    }

    /// What the command said, as far as a reader gives it.
    func said(_ query: ContainerLogQuery = .init()) throws -> String {
        String(decoding: try entries(query).flatMap(\.text), as: UTF8.self)
    }
}

extension ContainerLogWriter {
    /// Writes a text at once.
    mutating func write(_ text: String, from stream: ContainerLogStream = .stdout, at time: Int64 = 0) {
        write(Array(text.utf8), from: stream, at: time)
    }

    mutating func write(_ bytes: [UInt8], from stream: ContainerLogStream = .stdout, at time: Int64 = 0) {
        bytes.withUnsafeBytes { write($0, from: stream, at: time) }
    }
}
