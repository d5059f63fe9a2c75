internal import DriverKit
internal import Host
internal import Layers
internal import Storage
internal import Synchronization
internal import SystemPackage
internal import Tree

/// New layers that are unpacked at the same time, one on the other.
///
/// What a layer becomes depends on those below it. So its entries are written while theirs still are, and it is
/// completed when they are: by whichever thread comes first. A layer that needs those below before (for a link that
/// leads into them, say) waits; the lowest one that is being written never has to.
final class UnpackingChain: Sendable {
    /// The layers, the lowest first.
    let layers: [SnapshotDirectory]
    private let base: [FilePath]
    private let snapshots: SnapshotStore
    private let state = Mutex(State())
    private let isFinished: [Milestone]

    private struct State {
        /// Those whose entries are written.
        var written: [Int: LayerRemainder] = [:]
        var finished = 0
        var isFinishing = false
        var failure: (any Error)?
    }

    /// Places for layers in `directory`, above `base`, the nearest first.
    init(in directory: FilePath, count: Int, on base: [FilePath], _ snapshots: SnapshotStore)
        throws(SystemCallError)
    {
        layers = (0..<count).map { SnapshotDirectory(directory.appending("\($0)")) }
        var milestones: [Milestone] = []
        for _ in 0..<count { milestones.append(try Milestone()) }
        isFinished = milestones
        self.base = base
        self.snapshots = snapshots
    }

    /// Makes a layer; to be called in the order of the layers, in any number of threads.
    ///
    /// - Parameter write: writes the entries into the layer directory that it gets; whoever needs the layer directories
    ///   below, calls what it gets besides.
    /// - Throws: what `write` throws, or did for a lower layer; ``SystemCallError``, ``ImageError``, ``DiffError``.
    func make(
        _ index: Int, _ write: (FilePath, @escaping () throws -> [FilePath]) throws -> LayerRemainder
    ) throws {
        do {
            try snapshots.create(layers[index], on: [], for: .unpacking)
            let remainder = try write(layers[index].layer) { try self.waitForLayers(below: index) }
            state.withLock { $0.written[index] = remainder }
            while let (next, remainder) = takeNext() {
                try layers[next].complete(
                    remainder, on: layers(below: next), snapshots.driver.layers)
                state.withLock { state in
                    state.finished = next + 1
                    state.isFinishing = false
                }
                isFinished[next].reach()
            }
        } catch {
            state.withLock { $0.failure = $0.failure ?? error }
            isFinished.forEach { $0.reach() }
            throw error
        }
    }

    private func takeNext() -> (Int, LayerRemainder)? {
        state.withLock { state in
            guard !state.isFinishing, let next = state.written.removeValue(forKey: state.finished) else {
                return nil
            }
            state.isFinishing = true
            return (state.finished, next)
        }
    }

    private func waitForLayers(below index: Int) throws -> [FilePath] {
        if index > 0 { isFinished[index - 1].wait() }
        if let failure = state.withLock({ $0.failure }) { throw failure }
        return layers(below: index)
    }

    private func layers(below index: Int) -> [FilePath] { layers[..<index].reversed().map(\.layer) + base }
}

extension SnapshotDirectory {
    /// Does what is left to do to a layer whose entries are written.
    ///
    /// - Parameter parents: the layer directories below, the nearest first; all of them are complete.
    func complete(_ remainder: LayerRemainder, on parents: [FilePath], _ model: LayerModel) throws {
        try remainder.finish(in: LayerDirectory(layer), on: LowerUnion(parents, format: model.deletions))
        guard model.isUnion else { return }
        // A union shows the uppermost root: a layer that says nothing of its own shows the one below.
        if !remainder.hasWrittenRoot, let below = parents.first { try takeRoot(from: below) }
    }
}

/// Something that happens once, and that threads wait for.
private struct Milestone {
    private let semaphore: CountingSemaphore

    init() throws(SystemCallError) { semaphore = try CountingSemaphore(0) }

    func reach() { semaphore.post() }

    func wait() {
        semaphore.wait()
        // For whoever else waits.
        semaphore.post()
    }
}
