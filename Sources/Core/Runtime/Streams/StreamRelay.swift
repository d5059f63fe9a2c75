internal import Glibc
internal import Host
internal import SystemPackage

/// Copies between one of mydocker's own standard streams and a pipe that the container has in its place.
///
/// Only the pipe's end is non-blocking: the streams are the caller's, who would not expect that of them.
package final class StreamRelay {
    /// The container's streams that the pipe stands for.
    package let streams: [Int32]
    /// mydocker's own.
    private let own: Int32
    /// mydocker's end of the pipe, non-blocking; -1 when it is closed.
    package private(set) var end: Int32
    private var containerEnd: Int32
    private var waiting: ArraySlice<UInt8> = []
    /// Why output was lost, if any was.
    private(set) var failure: SystemCallError?

    private var isInput: Bool { own == STDIN_FILENO }

    /// A pipe in the place of `streams`, which all are what mydocker has as the first of them.
    init(for streams: [Int32]) throws(SystemCallError) {
        self.streams = streams
        own = streams[0]
        let pair = try DescriptorPair.pipe()
        if own == STDIN_FILENO {
            (containerEnd, end) = pair.takeBoth()
        } else {
            (end, containerEnd) = pair.takeBoth()
        }
        try systemCall("fcntl", "a pipe") { fcntl(end, F_SETFL, O_NONBLOCK) }
    }

    deinit {
        closeEnd()
        closeContainerEnd()
    }

    /// In the container's process: puts the pipe in the place of its streams.
    func replaceStreams() throws(SystemCallError) {
        for stream in streams {
            try systemCall("dup2", "standard stream \(stream)") { dup2(containerEnd, stream) }
        }
    }

    /// Gives the pipe to a user; both ends are one file.
    func handOver(to owner: (user: UInt32, group: UInt32)) { fchown(containerEnd, owner.user, owner.group) }

    /// In mydocker: the container alone holds its end from now on.
    func closeContainerEnd() {
        if containerEnd >= 0 { close(containerEnd) }
        containerEnd = -1
    }

    /// Closes mydocker's end: the container sees the end of its input, or a pipe without a reader.
    package func closeEnd() {
        if end >= 0 { close(end) }
        end = -1
    }

    /// What poll(2) has to wait for.
    var interest: pollfd {
        if end < 0 { return pollfd(fd: -1, events: 0, revents: 0) }
        let isEmptyInput = isInput && waiting.isEmpty
        return pollfd(
            fd: isEmptyInput ? own : end, events: Int16(isInput && !isEmptyInput ? POLLOUT : POLLIN),
            revents: 0)
    }

    /// Copies one buffer; called when poll(2) has seen something of `interest`.
    func copy() {
        if isInput { copyInput() } else { _ = copyOutput() }
    }

    /// Copies what is left of the output when the container has ended.
    func drain() {
        while !isInput && end >= 0 && copyOutput() {}
    }

    private func copyInput() {
        if waiting.isEmpty {
            guard let bytes = StreamBytes.read(own), !bytes.isEmpty else { return closeEnd() }
            waiting = bytes[...]
        }
        if let count = StreamBytes.write(waiting, to: end) {
            waiting = waiting.dropFirst(count)
        } else if errno != EAGAIN {
            // Nobody in the container reads any more.
            closeEnd()
        }
    }

    /// - Returns: false if there was nothing to copy.
    private func copyOutput() -> Bool {
        guard let bytes = StreamBytes.read(end) else { return false }
        if bytes.isEmpty {
            closeEnd()
        } else if !StreamBytes.writeAll(bytes, to: own) {
            failure = SystemCallError(
                "write", own == STDOUT_FILENO ? "the standard output" : "the standard error")
            // The command is told as by a pipe without a reader.
            closeEnd()
        }
        return !bytes.isEmpty
    }
}
