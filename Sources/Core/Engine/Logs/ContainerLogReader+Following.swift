internal import Host

extension ContainerLogReader {
    /// Reads what there is, and then what comes, as long as `isGoingOn` says that something may.
    ///
    /// - Parameter pause: called when there is nothing more to read for the moment, or for good.
    /// - Throws: ``SystemCallError``, and what the closures throw.
    public mutating func follow(
        while isGoingOn: () throws -> Bool, pause: () throws -> Void = {},
        _ body: (ContainerLogEntry) throws -> Void
    ) throws {
        let change = LogChange(in: directory)
        var lastAsked: Int64 = 0
        var goesOn = true
        while true {
            // In this order: what was written before the end is read after it. Not for every line that comes.
            let now = WallClock.now
            if !(0..<50_000_000).contains(now - lastAsked) {
                goesOn = try isGoingOn()
                lastAsked = now
            }
            while let entry = try next() { try body(entry) }
            try pause()
            if isOver || !goesOn { return }
            if let until = query.until, now > until { return }
            change.wait()
        }
    }
}
