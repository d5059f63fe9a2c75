import Foundation
import Glibc
import Testing

/// A file system whose power is cut at any moment of what commands do to it.
final class PowerCutDisk {
    /// A moment at which the power is cut.
    struct Moment: CustomStringConvertible {
        /// How many entries of the log have reached the disk for certain: the last one is a flush, or there is none.
        var entries: Int
        /// Those of the writes after them that have reached the disk too, in the disk's own order.
        var others: [Int]

        var description: String { others.isEmpty ? "after \(entries)" : "after \(entries) and \(others)" }
    }

    private let directory: String
    private let recording: RecordingDisk
    private let shell: Program
    private var log: [RecordingDisk.Entry] = []

    private static let size = 400 << 20

    /// Makes a file system and mounts it at `place` in a directory, in a mount namespace of its own.
    ///
    /// - Parameters:
    ///   - directory: an empty one.
    ///   - make: how the file system is made, without the device.
    ///   - prepared: a shell script that runs in `directory` before anything is recorded.
    init(in directory: String, make: String, prepared: String) throws {
        self.directory = directory
        let script = """
            cd "$DIR"; mkdir place; touch device; truncate -s \(Self.size) disk
            \(make) disk >/dev/null || refuse there is no \(make)
            mount -o loop disk place || refuse this kernel cannot mount it
            \(prepared)
            umount place
            cp --sparse=always disk base
            """
        try Self.succeed(script, in: directory)
        recording = try RecordingDisk("\(directory)/disk", size: Self.size)
        // Commands come one by one, and what they did is recorded before their answer is read.
        shell = try Self.shell(
            """
            finish() {
                umount "$DIR/place"; [ -z "$loop" ] || losetup --detach "$loop"; umount "$DIR/device"
            }
            trap finish EXIT
            cd "$DIR"; mount -i -t fuse -o fd=3,rootmode=100000,user_id=0,group_id=0 disk device
            echo mounted
            loop=$(losetup --find --show device)
            mount "$loop" place
            while read -r line; do eval "$line" </dev/null >/dev/null; echo done; done
            """, in: directory, .init(input: .pipe, inherited: [3: recording.descriptor]))
        _ = try shell.line()
        Thread.detachNewThread { [recording] in recording.serve() }
    }

    /// Runs a script; one that ends with 77 has said why the test cannot run here.
    private static func succeed(_ script: String, in directory: String) throws {
        let outcome = try shell(script, in: directory).finish()
        if outcome.status == 77 { try Test.cancel("\(outcome.lines.last ?? "")") }
        try #require(outcome.status == 0, outcome.everything)
    }

    private static func shell(
        _ script: String, in directory: String, _ setup: Program.Setup = .init()
    ) throws -> Program {
        var setup = setup
        setup.environment["DIR"] = directory
        return try Program(
            [
                "unshare", "--mount", "--propagation", "private", "sh", "-e", "-c",
                "refuse() { echo \"$@\"; exit 77; }\n\(script)",
            ], setup)
    }

    /// Runs a line of shell and returns how many entries the log has, up to the last flush: what it said is done
    /// has to be there when no more than they have reached the disk.
    func run(_ line: String) throws -> Int {
        shell.send("\(line)\n")
        _ = try shell.line()
        let entries = recording.entries
        return (entries.lastIndex { $0.isFlush } ?? -1) + 1
    }

    /// Ends the recording.
    func finish() throws {
        let outcome = shell.finish()
        try #require(outcome.status == 0, outcome.everything)
        log = recording.entries
    }

    /// Every flush, and after each one a cut among the writes that follow: a device may have done any of those.
    func moments(_ random: inout SeededRandom) -> [Moment] {
        let flushes = [0] + log.indices.filter { log[$0].isFlush }.map { $0 + 1 }
        return flushes.enumerated().flatMap { number, flush in
            let end = number + 1 < flushes.count ? flushes[number + 1] - 1 : log.count
            let others = (flush..<end).filter { _ in random.chance(50) }
            return [Moment(entries: flush, others: [])]
                + (others.isEmpty ? [] : [Moment(entries: flush, others: others.shuffled(using: &random))])
        }
    }

    /// Mounts the disk as each of these moments has left it, in their order, and runs a shell script there.
    func replay(_ moments: [Moment], script: String, _ body: (Moment, Outcome) throws -> Void) throws {
        let (current, left) = ("\(directory)/base", "\(directory)/left")
        var done = 0
        for moment in moments {
            try apply(log[done..<moment.entries], to: current)
            done = moment.entries
            let copied = try Program(["cp", "--sparse=always", current, left]).finish()
            try #require(copied.status == 0, copied.everything)
            try apply(moment.others.map { log[$0] }, to: left)
            let outcome = try Self.shell(
                "cd \"$DIR\"; mount -o loop left place; trap 'umount place' EXIT\n\(script)", in: directory
            ).finish()
            try body(moment, outcome)
        }
    }

    private func apply(_ entries: some Sequence<RecordingDisk.Entry>, to path: String) throws {
        let image = try #require(FileHandle(forUpdatingAtPath: path))
        defer { try? image.close() }
        for case .write(let offset, let data) in entries {
            try image.seek(toOffset: UInt64(offset))
            try image.write(contentsOf: data)
        }
    }
}

extension RecordingDisk.Entry {
    fileprivate var isFlush: Bool {
        if case .flush = self { true } else { false }
    }
}
