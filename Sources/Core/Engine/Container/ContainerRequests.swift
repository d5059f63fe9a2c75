internal import Glibc
internal import Host
internal import Runtime
internal import SystemPackage

/// What other commands want of whoever watches over a running container: a directory in the container's, which is
/// missing as long as nobody wants anything.
struct ContainerRequests {
    static let directoryName: FilePath.Component = "requests"

    private let directory: FilePath
    private var waiting: FilePath { directory.appending("waiting") }

    init(_ container: FilePath) {
        directory = container.appending(Self.directoryName)
    }

    /// True if anybody has asked for anything.
    var exist: Bool { Files.exists(directory) }

    /// Says that something about the container has changed that its end has to heed: its name.
    func noteChange() throws(SystemCallError) {
        do { try Files.makeDirectory(directory, mode: 0o700) } catch {
            guard error.errno == .fileExists else { throw error }
        }
    }

    /// Says to the monitor of the container in `directory`, if it has one, that its record is another.
    static func tellMonitor(in directory: FilePath) {
        guard let monitor = AttachServer.connect(in: directory) else { return }
        _ = PacketSocket.send(AttachMessage.Request.recordChanged.bytes, to: monitor.rawValue)
    }

    /// Asks how the container ends; the answer is in the file when the container's directory is nobody's any more.
    func wait() throws(SystemCallError) -> Descriptor {
        try noteChange()
        return try Descriptor(waiting, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
    }

    /// Reads the answer; nil if there is none: whoever watched over the container was killed.
    static func answer(in file: borrowing Descriptor) -> ExitStatus? {
        var code: UInt8 = 0
        let number = file.rawValue
        return pread(number, &code, 1, 0) == 1 ? ExitStatus(rawValue: Int32(code)) : nil
    }

    func answerWaiting(_ status: ExitStatus?) {
        guard let status, let file = try? Descriptor(waiting, O_WRONLY | O_NOFOLLOW) else { return }
        try? file.write([UInt8(truncatingIfNeeded: status.rawValue)], subject: waiting.string)
    }

    /// Removes all of them.
    func end() throws(SystemCallError) {
        guard exist else { return }
        if Files.exists(waiting) { try Files.remove(waiting) }
        try Files.removeDirectory(directory)
    }
}
