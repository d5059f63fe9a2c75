import Testing

extension Sandbox {
    /// Runs a script beside a store with the default image on an ext4 of 48 MiB, mounted at $DIR/disk, with the program as
    /// $1; the test is cancelled where that cannot be mounted.
    ///
    /// - Parameter options: what mkfs.ext4(8) is told besides.
    func onDiskOfItsOwn(_ script: String, formatted options: String = "") throws -> Outcome {
        let prelude = """
            set -e
            truncate -s 48M $DIR/image; mkfs.ext4 -q -F \(options) $DIR/image; mkdir $DIR/disk
            mount -o loop $DIR/image $DIR/disk || { echo this kernel cannot mount it; exit 77; }
            export MYDOCKER_ROOT=$DIR/disk/store
            save() { MYDOCKER_ROOT=$DIR/store $1 save busybox; }
            save $1 | $1 load > $DIR/out

            """
        let outcome = try Program(
            [
                "unshare", "--mount", "--propagation", "private", "bash", "-c", prelude + script, "sh",
                Tool.binary,
            ],
            .init(environment: ["DIR": directory])
        ).finish()
        if outcome.status == 77 { try Test.cancel("\(outcome.lines.last ?? "")") }
        return outcome
    }
}
