internal import Host
internal import Runtime
internal import SystemPackage

extension Container {
    /// Its log; nil if it was never started.
    ///
    /// - Throws: ``RunError/noLog(_:reason:)`` if it has none; as ``record()``; ``SystemCallError``.
    public func log(_ query: ContainerLogQuery) throws -> ContainerLogReader? {
        do { return try ContainerLogReader(in: logDirectory, query) } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
        }
        // It may just have moved.
        do { return try ContainerLogReader(in: logDirectory, query) } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            let record = try record()
            if record.started == nil { return nil }
            let reason =
                record.spec?.log.driver == ContainerLogDriver.none
                ? "it was made with --log-driver none" : "it has run in the foreground"
            throw RunError.noLog(record.name, reason: reason)
        }
    }
}

extension ContainerLogEntry {
    /// Its time, as RFC 3339 has it.
    public var timeText: String { String(decoding: LogTime.text(time), as: UTF8.self) }
}
