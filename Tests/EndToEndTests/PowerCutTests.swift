import Glibc
import Testing

/// K2: the power is cut, at every flush that a disk was asked for and among the writes between them.
///
/// What a command said was done is there; what was not done is there whole, or not at all; and nobody has to do
/// anything but use the store again.
@Suite(
    "K2: cut off from power", .serialized,
    .enabled(if: access("/dev/fuse", F_OK) == 0, "there is no /dev/fuse"))
struct PowerCutTests {
    @Test(
        "import, run --keep, commit, rm, rmi",
        arguments: [
            ("mkfs.ext4 -q", "overlay"), ("mkfs.xfs -q -m reflink=1", "bind"), ("mkfs.btrfs -q", "overlay"),
        ])
    func cut(make: String, driver: String) throws {
        if let reason = Driver(name: driver).reasonAgainst { try Test.cancel("\(reason)") }
        let sandbox = try Sandbox(withImage: false)
        let tool = Tool.binary
        let run = "\(tool) run --storage \(driver)"
        let disk = try PowerCutDisk(
            in: sandbox.directory, make: make,
            prepared: """
                export MYDOCKER_ROOT="$DIR/place/store"
                mkdir tree; tar -x -C tree < \(Tool.archive.get())
                \(tool) image import tree busybox
                \(run) true
                seq 100000 > tree/etc/numbers
                """)
        _ = try disk.run("export MYDOCKER_ROOT=$DIR/place/store")
        let imported = try disk.run("\(tool) image import tree two")
        _ = try disk.run("\(run) two true")
        let kept = try disk.run(
            "\(run) --keep --name kept two sh -c 'rm /bin/vi; seq 100000 > /etc/other'")
        let committed = try disk.run("\(tool) commit kept new")
        _ = try disk.run("\(tool) rm kept")
        let removing = try disk.run("sync -f place")
        _ = try disk.run("\(tool) rmi two")
        try disk.finish()

        var random = SeededRandom(seed: 1)
        let moments = disk.moments(&random)
        #expect(moments.count > 40, "only \(moments.count) moments")
        let script = """
            export MYDOCKER_ROOT="$DIR/place/store"
            names=$(\(tool) images | sed 1d | cut -d ' ' -f 1); echo images $names
            echo containers $(\(tool) ps -a | sed 1d | awk '{ print $NF }')
            \(tool) storage verify >verified || { cat verified >&2; exit 1; }
            for name in $names; do
                case $name in
                two) \(run) two cat /etc/numbers | cmp - tree/etc/numbers ;;
                new) \(run) new sh -c 'cat /etc/other; test ! -e /bin/vi' | cmp - tree/etc/numbers ;;
                esac
            done
            ! \(tool) ps -aq | grep -q . || \(tool) rm kept
            \(tool) storage gc >/dev/null
            echo left $(ls -A place/store/tmp) $(ls -A place/store/containers) $(ls -A place/store/kept)
            """
        var states: Set<[String]> = []
        try disk.replay(moments, script: script) { moment, outcome in
            #expect(outcome.status == 0, "\(moment): \(outcome.everything)")
            // What is cleaned up is told; nothing is asked of anybody.
            let unexpected = outcome.errors.split(separator: "\n").filter { line in
                !["cleaned up what", "removed the directory", "container.json is damaged"]
                    .contains { line.contains($0) }
            }
            #expect(unexpected == [], "\(moment)")
            var said: [Substring: [Substring]] = [:]
            for words in outcome.text.split(separator: "\n").map({ $0.split(separator: " ") }) {
                if let first = words.first { said[first] = Array(words.dropFirst()) }
            }
            let (images, containers) = (said["images"] ?? [], said["containers"] ?? [])
            #expect(images.contains("busybox") && said["left"] == [], "\(moment): \(outcome.everything)")
            if moment.entries >= imported && moment.entries < removing {
                #expect(images.contains("two"), "\(moment): \(outcome.everything)")
            }
            if moment.entries >= kept && moment.entries < committed {
                #expect(containers == ["kept"], "\(moment): \(outcome.everything)")
            }
            if moment.entries >= committed {
                #expect(images.contains("new"), "\(moment): \(outcome.everything)")
            }
            states.insert(images.map(String.init) + containers.map(String.init))
        }
        // All that there was to see was seen: nothing, the image, the container, the new image, neither of the first.
        #expect(states.count >= 5, "\(states)")
    }
}
