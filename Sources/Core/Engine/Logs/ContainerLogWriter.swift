public import Host
public import SystemPackage

/// Writes the log of a container, as long as that runs.
///
/// It never waits for room, and needs little memory: a line that has not ended yet of each stream.
public struct ContainerLogWriter: ~Copyable {
    private var file: LogFile
    private var stdout = LogLineCutter(.stdout)
    private var stderr = LogLineCutter(.stderr)

    /// Goes on with the log in a container's directory, or begins it; the directory may move from now on.
    ///
    /// - Parameter options: whose driver is not `none`.
    /// - Throws: ``SystemCallError``; but a full disk is none.
    public init(in directory: FilePath, _ options: ContainerLogOptions) throws(SystemCallError) {
        file = try LogFile.open(in: directory, options)
    }

    /// Writes the lines that end in what a stream has given, and remembers the rest.
    public mutating func write(
        _ bytes: UnsafeRawBufferPointer, from stream: ContainerLogStream, at time: Int64? = nil
    ) {
        let time = time ?? WallClock.now
        switch stream {
        case .stdout: stdout.cut(bytes, at: time, to: &file)
        case .stderr: stderr.cut(bytes, at: time, to: &file)
        }
        file.flush()
    }

    /// Writes what there is of lines that have not ended: the streams have.
    public mutating func endStreams(at time: Int64? = nil) {
        let time = time ?? WallClock.now
        stdout.end(at: time, to: &file)
        stderr.end(at: time, to: &file)
        file.flush()
    }
}
