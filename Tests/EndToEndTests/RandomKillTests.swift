import Glibc
import Testing

/// Commands at random, killed at random: never a wrong byte, never a manual step, nothing left.
///
/// `make kills COUNT=1000` does it for longer; with SEED=number it does the same again, as far as the clock allows.
@Suite("Random kills", .needs("strace", "python3", "setfattr"))
struct RandomKillTests {
    private static func number(_ name: String) -> UInt64? {
        getenv("MYDOCKER_KILLS_\(name)").flatMap { UInt64(String(cString: $0)) }
    }

    @Test("import, load, commit, run, rm, rmi, tag, prune, gc and save, killed by time and by system call")
    func kills() throws {
        let seed = Self.number("SEED") ?? UInt64.random(in: 0..<1_000_000)
        let count = Self.number("COUNT").map(Int.init) ?? 60
        print("random kills: COUNT=\(count) SEED=\(seed)")
        var random = SeededRandom(seed: seed)
        let scene = try KillScene()
        var state = try scene.state()
        var kills = 0
        var pending: [KillScene.Operation] = []
        while kills < count {
            let operation = scene.operation(in: state, &random)
            let wasKilled = try scene.perform(operation, KillScene.kill(&random))
            kills += wasKilled ? 1 : 0
            pending.append(operation)
            // Sometimes the next command, which has to clean up, is killed as well.
            if random.chance(30) { continue }
            let after = try scene.state()
            try scene.expectNothingLeft()
            let touched = pending.reduce(into: Set<String>()) { $0.formUnion($1.images) }
            let others = { (images: [String: String]) in images.filter { !touched.contains($0.key) } }
            let words = pending.map { $0.words.joined(separator: " ") }
            #expect(others(state.images) == others(after.images), "SEED=\(seed), kill \(kills): \(words)")
            let containers = pending.reduce(into: Set<String>()) { $0.formUnion($1.containers) }
            #expect(
                state.containers.subtracting(containers) == after.containers.subtracting(containers),
                "SEED=\(seed), kill \(kills): \(words)")
            (state, pending) = (after, [])
            if random.chance(15) { try scene.endContainer() }
            if random.chance(1) { try scene.expectRightBytes() }
        }
        try scene.expectRightBytes()
        try scene.expectNothingLeft()
        for container in try scene.state().containers {
            #expect(try scene.sandbox.tool("rm", container).status == 0)
        }
        try scene.expectNothingLeft()
        scene.sandbox.expectClean()
        let kinds = scene.killed.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        print("random kills: \(kills) (\(kinds.joined(separator: ", "))); \(scene.finished) ended first")
    }
}
