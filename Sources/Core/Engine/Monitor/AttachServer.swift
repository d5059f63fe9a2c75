internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// The monitor's side of `attach`: a socket in the container's directory, and whoever has connected to it.
///
/// Who does not read loses the connection before it makes the container wait.
final class AttachServer {
    static let fileName: FilePath.Component = "attach"

    private let listener: Int32
    private var clients: [Client] = []

    private struct Client {
        let socket: Int32
        var waiting: [[UInt8]] = []
    }

    /// How many messages wait for a client at most: 32 KiB each.
    private static let patience = 64

    /// Listens in a container's directory.
    ///
    /// - Parameter first: a client that is there already.
    /// - Throws: ``SystemCallError``.
    init(in directory: FilePath, first: Int32?) throws(SystemCallError) {
        let path = directory.appending(Self.fileName)
        if Files.exists(path) { try Files.remove(path) }
        let place = try Descriptor(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        // A socket's path may have no more than 108 bytes (unix(7)).
        listener = try systemCall("listen", path) { _ in
            clx_listen_packets("/proc/self/fd/\(place.rawValue)/\(Self.fileName)")
        }
        if let first { clients.append(Client(socket: first)) }
    }

    deinit {
        close(listener)
        for client in clients { close(client.socket) }
    }

    /// Connects to the monitor of a container; nil if nobody listens there.
    static func connect(in directory: FilePath) -> Descriptor? {
        guard let place = try? Descriptor(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { return nil }
        let socket = clx_connect_packets("/proc/self/fd/\(place.rawValue)/\(fileName)")
        return socket >= 0 ? Descriptor(owning: socket) : nil
    }

    /// What poll(2) has to wait for.
    ///
    /// - Parameter readsInput: false while the command does not read what it got already.
    func interest(readsInput: Bool) -> [pollfd] {
        [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            + clients.map {
                pollfd(
                    fd: $0.socket,
                    events: Int16((readsInput ? POLLIN : 0) | ($0.waiting.isEmpty ? 0 : POLLOUT)), revents: 0)
            }
    }

    /// Takes what has come.
    ///
    /// - Parameter events: what poll(2) has made of ``interest(readsInput:)``.
    /// - Returns: what clients ask for.
    func handle(_ events: ArraySlice<pollfd>) -> [AttachMessage.Request] {
        var requests: [AttachMessage.Request] = []
        var gone: [Int32] = []
        for event in events where event.revents != 0 {
            guard event.fd != listener else {
                let socket = clx_accept_packets(listener)
                if socket >= 0 { clients.append(Client(socket: socket)) }
                continue
            }
            guard let index = clients.firstIndex(where: { $0.socket == event.fd }) else { continue }
            if event.revents & Int16(POLLOUT) != 0 { flush(index) }
            if event.revents & Int16(POLLIN) != 0 {
                guard let bytes = PacketSocket.read(event.fd), !bytes.isEmpty else {
                    gone.append(event.fd)
                    continue
                }
                if let request = AttachMessage.Request(bytes) { requests.append(request) }
            } else if event.revents & Int16(POLLHUP | POLLERR) != 0 {
                gone.append(event.fd)
            }
        }
        gone.forEach(drop)
        return requests
    }

    /// Tells all clients.
    func send(_ report: AttachMessage.Report) {
        guard !clients.isEmpty else { return }
        let bytes = report.bytes
        var gone: [Int32] = []
        for index in clients.indices {
            clients[index].waiting.append(bytes)
            flush(index)
            if clients[index].waiting.count > Self.patience { gone.append(clients[index].socket) }
        }
        gone.forEach(drop)
    }

    private func flush(_ index: Int) {
        while let message = clients[index].waiting.first {
            guard PacketSocket.send(message, to: clients[index].socket) else { return }
            clients[index].waiting.removeFirst()
        }
    }

    private func drop(_ socket: Int32) {
        clients.removeAll { $0.socket == socket }
        close(socket)
    }
}

/// Messages of sockets that keep them apart.
enum PacketSocket {
    /// The next message; empty at the end, nil if there is none.
    static func read(_ socket: Int32) -> [UInt8]? {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: AttachMessage.largest) { buffer, initialized in
            repeat {
                count = Glibc.read(socket, buffer.baseAddress, buffer.count)
            } while count < 0 && errno == EINTR
            initialized = max(count, 0)
        }
        return count < 0 ? nil : bytes
    }

    /// Sends a message; false if it has to be tried again.
    static func send(_ bytes: [UInt8], to socket: Int32) -> Bool {
        while true {
            if bytes.withUnsafeBytes({ clx_send_packet(socket, $0.baseAddress, $0.count) }) >= 0 {
                return true
            }
            if errno == EINTR { continue }
            // Who has gone is told of by poll(2).
            return ![EAGAIN, ENOBUFS].contains(errno)
        }
    }
}
