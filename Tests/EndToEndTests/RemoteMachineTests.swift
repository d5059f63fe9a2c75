import Glibc
import Testing

/// A root file system of an older Debian with an sshd, made once.
private enum OlderDebian {
    /// Its glibc, 2.31, is older than the one that mydocker is linked with.
    static let archive: Result<String, any Error> = Result {
        let script = """
            kept=$PLACE/bullseye-sshd.tar
            if [ ! -e "$kept" ]; then
                trap 'rm -f "$kept.$$"' EXIT
                timeout 600 mmdebstrap --quiet --variant=minbase --include=openssh-server,csh \
                    --aptopt='Acquire::http::Timeout "20"' --aptopt='Acquire::Retries "2"' \
                    --aptopt='Acquire::Check-Valid-Until "false"' \
                    bullseye - http://deb.debian.org/debian >"$kept.$$"
                mv "$kept.$$" "$kept"
            fi
            echo "$kept"
            """
        let made = try Program(["sh", "-e", "-c", script], .init(environment: ["PLACE": Tool.built])).finish()
        guard made.status == 0 else {
            throw DebianTree.Missing(
                description: "apt cannot make a root file system of Debian 11: \(made.errors.suffix(300))")
        }
        return try #require(made.lines.last)
    }

    static var missing: String? {
        if case .failure(let error) = archive { "\(error)" } else { nil }
    }
}

@Suite(
    "storage compare: other machines, by ssh", .serialized, .needs("ssh", "mmdebstrap"),
    .enabled(if: OlderDebian.missing == nil, "\(OlderDebian.missing ?? "")"))
struct RemoteMachineTests {
    private let sandbox: Sandbox
    private let root: String

    init() throws {
        sandbox = try Sandbox(on: .disk)
        root = "\(sandbox.directory)/machine"
        mkdir(root, 0o755)
        let archive = try OlderDebian.archive.get()
        let unpacked = try Program(["tar", "-C", root, "-xpf", archive, "--exclude=./dev/*"]).finish()
        try #require(unpacked.status == 0, unpacked.everything)
    }

    /// Runs a script beside the machine.
    private func on(_ script: String) throws -> Program {
        mkdir("\(sandbox.directory)/place", 0o700)
        return try Program(
            ["\(Tool.scripts)/ssh-machine", root, "\(sandbox.directory)/place", script],
            .init(environment: ["MYDOCKER_ROOT": sandbox.root, "MYDOCKER": Tool.binary]))
    }

    @Test("A machine with an older C library: conformance, the user's commands, and nothing stays there")
    func older() throws {
        let json = "\(sandbox.directory)/report.json"
        let outcome = try on(
            """
            ls -a $ROOT/tmp $ROOT/var/tmp >$PLACE/before; ls -d /sys/fs/cgroup/mydocker /sys/fs/cgroup/*/mydocker >$PLACE/cgroups 2>/dev/null || true
            $MYDOCKER storage compare --kernel $ADDRESS --case M1 --case C4 --image busybox --run 'add=echo x >> /bin/busybox; echo n=3' \
                --metric 'n=n=([0-9])' --times 2 --backing ext4 --json \(json)
            ls -a $ROOT/tmp $ROOT/var/tmp | diff $PLACE/before -
            ls -d /sys/fs/cgroup/mydocker /sys/fs/cgroup/*/mydocker 2>/dev/null | diff $PLACE/cgroups - || true
            [ $(ls /proc/[0-9]*/root -ld | grep -c "$ROOT") -le 1 ]
            """
        ).finish()
        #expect(outcome.status == 0, outcome.everything)
        let judged = try Program([
            "python3", "-c",
            """
            import json, platform, sys
            kernel, = json.load(open(sys.argv[1]))["kernels"]
            assert kernel["name"] == "ssh://root@127.0.0.1:2222" and kernel["release"] == platform.release(), kernel
            assert kernel["limits"] == "applied" and kernel["machine"], kernel
            working = {d["name"] for d in kernel["drivers"] if "reason" not in d}
            assert {r["verdict"] for r in kernel["conformance"]} <= {"passed", "declared"}, kernel["conformance"]
            assert {r["driver"] for r in kernel["conformance"]} == working >= {"bind"}, kernel
            values = {r["target"]: r["samples"]["values"] for r in kernel["benchmark"] if r["measure"] == "n"}
            assert values and all(v == [3, 3] for v in values.values()) and working <= set(values), values
            """, json,
        ]).finish()
        #expect(judged.status == 0, judged.everything)
        sandbox.expectClean()
    }

    @Test(
        "That the connection ends, whenever, leaves nothing there",
        arguments: [("send files", ""), ("check", ""), ("bench", "--case M1")])
    func dropped(part: String, words: String) throws {
        let outcome = try on(
            """
            $MYDOCKER storage compare \(words) --kernel $ADDRESS 2>$PLACE/errors & work=$!
            until grep -qs ': \(part)$' $PLACE/errors; do kill -0 $work; sleep 0.02; done
            [ -n "$(left)" ]
            kill -9 $work
            wait $work || true
            settled
            # But for sshd and this, and mydocker's own processes have ended.
            running() { ls -l /proc/[0-9]*/exe 2>/dev/null | grep -E 'busybox|bin/mydocker' || true; }
            for _ in $(seq 100); do [ -n "$(running)" ] || break; sleep 0.1; done
            [ -z "$(running)" ]
            """
        ).finish()
        #expect(outcome.status == 0, outcome.everything)
        #expect(try sandbox.tool("ps").status == 0)
    }

    @Test("A login shell that is none of sh's is no obstacle", arguments: ["/bin/csh", "/bin/dash"])
    func shells(shell: String) throws {
        let outcome = try on(
            """
            sed -i "s|^\\(root:.*:\\)[^:]*$|\\1\(shell)|" $ROOT/etc/passwd
            grep -q '^root:.*:\(shell)$' $ROOT/etc/passwd
            $MYDOCKER storage compare --kernel $ADDRESS --case M1 --workload mount-1 --driver bind
            """
        ).finish()
        #expect(outcome.status == 0 && outcome.text.contains("1/0/0/0"), outcome.everything)
    }

    @Test("What is wrong there is said in a line, and nothing stays")
    func refusals() throws {
        let outcome = try on(
            """
            try() { echo "== $1"; shift; "$@" 2>/dev/null | grep FAILED -A1 | tr -s '\\n ' ' ' || true; echo; settled; }
            compare() { $MYDOCKER storage compare --case M1 --workload mount-1 --kernel "$@"; }
            try host compare ssh://nosuch.invalid
            try port compare ssh://root@127.0.0.1:1
            try key compare ssh://nobody@127.0.0.1:2222
            chroot $ROOT useradd -m -s /bin/sh -p "*" plain
            try root compare ssh://plain@127.0.0.1:2222
            printf '#!/bin/sh\\necho riscv64\\n' >$ROOT/usr/local/bin/uname; chmod 755 $ROOT/usr/local/bin/uname
            try machine compare $ADDRESS
            rm $ROOT/usr/local/bin/uname
            for place in var/tmp tmp root; do there mount -t tmpfs -o noexec,size=9g none /$place; done
            try start compare $ADDRESS
            for place in var tmp root; do there mount -t tmpfs -o size=10m none /$place; done
            try space compare $ADDRESS
            """
        ).finish()
        #expect(outcome.status == 0, outcome.everything)
        let expected = [
            "host": "Could not resolve hostname", "port": "Connection refused", "key": "Permission denied",
            "root": "plain is not root there", "machine": "the machine is riscv64",
            "start": "a program cannot be started in",
            "space": "MiB free",
        ]
        for (name, words) in expected {
            let said = outcome.lines.drop { $0 != "== \(name)" }.dropFirst().first ?? ""
            #expect(
                said.contains(words) && said.hasPrefix("FAILED ssh://"),
                "\(name): \(said)\n\(outcome.everything)")
        }
        sandbox.expectClean()
    }

    @Test("Ctrl-C ends it there too")
    func interrupted() throws {
        let outcome = try on(
            """
            $MYDOCKER storage compare --kernel $ADDRESS 2>$PLACE/errors & work=$!
            until grep -qs ': check$' $PLACE/errors; do kill -0 $work; sleep 0.02; done
            kill -INT $work
            status=0; wait $work || status=$?
            [ $status = 130 ]
            settled
            """
        ).finish()
        #expect(outcome.status == 0, outcome.everything)
        sandbox.expectClean()
    }
}
