internal import Core
internal import SystemPackage

/// What containers of a user's image stand on.
struct CommandRoot: Sendable {
    /// "bare", or the driver's name.
    let name: String
    /// The driver that makes it.
    let driver: String
    /// One tree for all, which is put back in between; else a fresh root for each.
    let isBare: Bool

    private static let bareName = "bench-bare"

    /// Calls `body` with a running container, and how long it took to start it; it is gone afterwards.
    func withContainer<Value>(
        _ host: CommandHost, _ body: (CommandContainer, Double) throws -> Value
    ) throws -> Value {
        if isBare { return try withBare(host, body) }
        let (container, time) = try host.start("bench-\(name)", by: driver)
        let value: Value
        do { value = try body(container, time) } catch {
            try? container.remove()
            throw error
        }
        try container.remove()
        return value
    }

    private func withBare<Value>(
        _ host: CommandHost, _ body: (CommandContainer, Double) throws -> Value
    ) throws -> Value {
        if (try? ContainerRoot.find(Self.bareName, in: host.store)) == nil {
            try host.start(Self.bareName, by: driver).0.stop()
        }
        let (container, time) = try host.restart(Self.bareName)
        do {
            let value = try body(container, time)
            try container.stop()
            try container.withRoot { try $0.reset() }
            return value
        } catch {
            // Made anew the next time.
            try? container.remove()
            throw error
        }
    }

    /// Removes what was kept between samples.
    static func clear(_ roots: [CommandRoot], _ host: CommandHost) throws {
        guard (try? ContainerRoot.find(bareName, in: host.store)) != nil else { return }
        try host.call(["rm", "-f", bareName]).expectSuccess()
    }
}
