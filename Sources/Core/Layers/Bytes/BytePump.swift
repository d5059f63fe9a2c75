internal import Glibc
internal import Host
internal import Synchronization

/// Two threads and the bytes between them: one reads, decompresses, hashes and copies while the other uses what came
/// out of it.
package enum BytePump {
    /// Runs `produce` in a thread of its own, and `consume` in this one with all that it writes, a few MiB behind.
    ///
    /// If `consume` fails, nobody waits for `produce`, which may be waiting for a pipe that never ends: its next write
    /// fails. So it must own whatever it uses.
    ///
    /// - Throws: what either of them throws.
    package static func run<Result>(
        _ produce: @escaping @Sendable (Output) throws -> Void, _ consume: (any ByteSource) throws -> Result
    ) throws -> Result {
        let ring = try ByteRing()
        let thread = try WorkerThread {
            let output = Output(ring)
            ring.end(Swift.Result { try produce(output) })
        }
        let result: Result
        do {
            let source = Source(ring)
            result = try consume(source)
            // What is left to be read is still hashed and copied.
            try source.drain()
        } catch {
            ring.abandon()
            thread.detach()
            throw error
        }
        try thread.join()
        return result
    }

    /// What comes out of `source`, read ahead by a thread of its own.
    package static func readingAhead<Result>(
        of source: any ByteSource, _ consume: (any ByteSource) throws -> Result
    ) throws -> Result {
        // Used by that thread alone, from now on.
        nonisolated(unsafe) let source = source
        return try run({ try $0.write(all: source) }, consume)
    }

    /// The same, or `source` itself if it comes of so few bytes that a thread is not worth while.
    package static func readingAhead<Result>(
        of source: any ByteSource, ifLarge size: Int64, _ consume: (any ByteSource) throws -> Result
    ) throws -> Result {
        size < 8 << 20 ? try consume(source) : try readingAhead(of: source, consume)
    }

    /// Where the one thread writes.
    package struct Output {
        private let ring: ByteRing

        fileprivate init(_ ring: ByteRing) { self.ring = ring }

        /// - Throws: ``Abandoned`` if nobody wants to read it any more.
        package func write(_ bytes: UnsafeRawBufferPointer) throws(Abandoned) { try ring.put(bytes) }

        package func write(all source: any ByteSource) throws { try source.forEachPiece { try write($0) } }
    }

    /// Where the other one reads.
    private final class Source: ByteSource {
        private let ring: ByteRing

        init(_ ring: ByteRing) { self.ring = ring }

        func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int { try ring.take(into: buffer) }

        func drain() throws {
            try forEachPiece { _ in }
        }
    }

    /// The reader has failed: there is nobody to tell.
    package struct Abandoned: Error {}
}

/// A ring of buffers, which one thread fills while another one empties them (sem_overview(7)).
private final class ByteRing: @unchecked Sendable {
    private static let count = 16
    private static let size = 1 << 18

    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count * size, alignment: 4096)
    /// How full each of them is.
    ///
    /// No array: both threads use it at once, each another place of it.
    private let counts = UnsafeMutablePointer<Int>.allocate(capacity: count)
    private let free: CountingSemaphore
    private let full: CountingSemaphore
    private let isAbandoned = Atomic(false)
    // The writer's.
    private var writing = 0
    private var isOpen = false
    // The reader's.
    private var reading = 0
    private var taken = 0
    private var isHeld = false
    /// Set before the last buffer, an empty one, is handed over.
    private var outcome: Result<Void, any Error> = .success(())
    private var hasEnded = false

    init() throws(SystemCallError) {
        free = try CountingSemaphore(UInt32(Self.count))
        full = try CountingSemaphore(0)
        counts.initialize(repeating: 0, count: Self.count)
    }

    deinit {
        memory.deallocate()
        counts.deallocate()
    }

    func put(_ bytes: UnsafeRawBufferPointer) throws(BytePump.Abandoned) {
        var rest = bytes[...]
        while !rest.isEmpty {
            try open()
            let count = min(rest.count, Self.size - counts[writing])
            UnsafeMutableRawBufferPointer(rebasing: buffer(writing)[counts[writing]...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest.prefix(count)))
            counts[writing] += count
            rest = rest.dropFirst(count)
            if counts[writing] == Self.size { close() }
        }
    }

    func end(_ outcome: Result<Void, any Error>) {
        if isOpen { close() }
        guard (try? open()) != nil else { return }
        self.outcome = outcome
        close()
    }

    func take(into target: UnsafeMutableRawBufferPointer) throws -> Int {
        if isHeld, taken == counts[reading] {
            isHeld = false
            reading = (reading + 1) % Self.count
            free.post()
        }
        if hasEnded { return 0 }
        if !isHeld {
            full.wait()
            (isHeld, taken) = (true, 0)
            if counts[reading] == 0 {
                hasEnded = true
                isHeld = false
                try outcome.get()
                return 0
            }
        }
        let count = min(target.count, counts[reading] - taken)
        let rest = UnsafeRawBufferPointer(rebasing: buffer(reading)[taken..<taken + count])
        target.copyMemory(from: rest)
        taken += count
        return count
    }

    func abandon() {
        isAbandoned.store(true, ordering: .releasing)
        free.post()
    }

    private func open() throws(BytePump.Abandoned) {
        if !isOpen { free.wait() }
        if isAbandoned.load(ordering: .acquiring) {
            // Whoever asks next need not wait either. What there is may still be in use: it stays as it is.
            if !isOpen { free.post() }
            throw BytePump.Abandoned()
        }
        if !isOpen { (isOpen, counts[writing]) = (true, 0) }
    }

    private func close() {
        isOpen = false
        writing = (writing + 1) % Self.count
        full.post()
    }

    private func buffer(_ index: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory[index * Self.size..<(index + 1) * Self.size])
    }
}
