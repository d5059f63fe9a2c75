extension UserCommand {
    /// The commands that are ready-made, for the image that scripts/bench-image makes: what people run, each from a package of
    /// Debian.
    public static let ready: [UserCommand] = [
        UserCommand(
            name: "fio-randwrite", fio("--rw=randwrite --bs=4k --size=64m --end_fsync=1"),
            metrics: rate("iops", "write: IOPS=([0-9.kM]+)")),
        UserCommand(
            name: "fio-seqread", fio("--rw=read --bs=1m --size=256m --direct=1"),
            setup: "\(fio("--rw=read --bs=1m --size=256m")) --create_only=1 && sync",
            metrics: rate("bandwidth", "READ: bw=([0-9.]+[KMGi]*)")),
        UserCommand(
            name: "fio-fsync", fio("--rw=write --bs=4k --size=2m --fsync=1"),
            metrics: rate("iops", "write: IOPS=([0-9.kM]+)")),
        UserCommand(
            name: "git-checkout", "cd /bench/tree && git checkout -q two && git checkout -q one",
            check: "cd /bench/tree && test -z \"$(git status --porcelain)\""),
        UserCommand(
            name: "apt-install",
            "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends /bench/debs/*.deb >/dev/null",
            check: "dpkg -s $(cat /bench/packages) >/dev/null"),
        UserCommand(
            name: "sqlite", "sqlite3 /bench/new.db < /bench/transactions.sql",
            check: "test \"$(sqlite3 /bench/new.db 'SELECT COUNT(*) FROM t')\" = 200"),
        UserCommand(
            name: "untar-rm", "cd /bench && mkdir out && tar -C out -xf tree.tar && rm -r out",
            check: "test ! -e /bench/out"),
        UserCommand(name: "python-import", "python3 /bench/import.py", check: "true"),
        UserCommand(
            name: "pgbench",
            postgres("pgbench -n -c 2 -t 250 bench"),
            setup: "rm -rf /run/postgresql && mkdir -p /run/postgresql && chown postgres /run/postgresql && "
                + postgres("pg_ctl -D /bench/pg -o '-c listen_addresses=' -l /tmp/pg.log -w start >/dev/null"),
            check: postgres("pg_ctl -D /bench/pg -m fast -w stop >/dev/null"),
            metrics: rate("tps", "^tps = ([0-9.]+)")),
    ]

    private static func fio(_ options: String) -> String {
        "fio --name=bench --filename=/bench/fio --ioengine=psync \(options)"
    }

    private static func postgres(_ command: String) -> String {
        "su postgres -c \"PATH=$(echo /usr/lib/postgresql/*/bin):$PATH; \(command)\""
    }

    /// A metric of which more is better.
    private static func rate(_ name: String, _ pattern: String) -> [Metric] {
        [try? Metric("\(name)=\(pattern)")].compactMap(\.self)
    }
}
