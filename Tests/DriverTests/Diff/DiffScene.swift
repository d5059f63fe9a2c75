import Testing

/// A script of changes, and the list that it has to give with every driver.
struct DiffScene: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// Each makes a layer above the common one.
    let layers: [String]
    let script: String
    /// Without the root, which is modified whenever anything is.
    let expected: [String]

    init(_ name: String, layers: [String] = [], _ script: String, _ expected: [String]) {
        testDescription = name
        self.layers = layers
        self.script = script
        self.expected = expected
    }

    /// The lowest layer of all scenes.
    static let base = """
        mkdir -p etc bin dir/sub/deep
        echo root > etc/passwd; echo vi > bin/vi; echo ls > bin/ls; echo 1 > dir/a; echo 2 > dir/sub/b
        echo 3 > dir/sub/deep/c; echo file > file; echo same > same; ln -s file link
        i=0; d=p; while [ $i -lt 10 ]; do mkdir $d; echo $i > $d/f; d=$d/p; i=$((i + 1)); done
        find . -mindepth 1 -depth -exec touch -h -d @1000000000 {} +
        """

    static let all: [DiffScene] = [
        DiffScene("nothing", "true", []),
        DiffScene("opened for writing, and nothing written", ": >> same; : >> dir/sub/b", []),
        DiffScene("changed and changed back", "chmod 700 same dir; chmod 644 same; chmod 755 dir", []),
        DiffScene(
            "C1 the same size and the same second", "echo SAME > same; touch -d @1000000000 same",
            ["C /same"]),
        DiffScene(
            "C1 the same size and second, deep", "echo 9 > dir/sub/b; touch -d @1000000000 dir/sub/b",
            ["C /dir", "C /dir/sub", "C /dir/sub/b"]),
        DiffScene("C2 a file deleted", "rm bin/vi", ["C /bin", "D /bin/vi"]),
        DiffScene("C3 a directory deleted", "rm -r dir", ["D /dir"]),
        DiffScene("made and deleted", "mkdir n; echo > n/x; rm -r n; echo > m; rm m", []),
        DiffScene(
            "C4 a directory deleted and made again", "rm -r dir; mkdir dir; echo n > dir/n",
            ["C /dir", "D /dir/a", "A /dir/n", "D /dir/sub"]),
        DiffScene(
            "C4 made again with a file as before",
            """
            rm -r dir; mkdir -p dir/sub; echo 2 > dir/sub/b; touch -d @1000000000 dir/sub/b
            """,
            ["C /dir", "D /dir/a", "C /dir/sub", "D /dir/sub/deep"]),
        DiffScene(
            "C5 deleted in one layer, made again in the next",
            layers: ["rm -r dir"], "mkdir -p dir/sub; echo n > dir/sub/n",
            ["A /dir", "A /dir/sub", "A /dir/sub/n"]),
        DiffScene(
            "C5 made again in one layer, changed in the next",
            layers: ["rm -r dir; mkdir dir; echo x > dir/x", "echo y > dir/y"],
            "rm dir/x; mkdir dir/sub; echo a > dir/a",
            ["C /dir", "A /dir/a", "A /dir/sub", "D /dir/x"]),
        DiffScene(
            "C5 emptied over layers", layers: ["rm dir/a", "rm -r dir/sub"],
            "rmdir dir; mkdir dir; echo > dir/a",
            ["C /dir", "A /dir/a"]),
        DiffScene(
            "C6 opaque in opaque, removed", "rm -r dir; mkdir dir; mkdir dir/sub; rmdir dir/sub",
            ["C /dir", "D /dir/a", "D /dir/sub"]),
        DiffScene(
            "C7 deleted and made again at ten depths",
            "d=p; i=0; while [ $i -lt 10 ]; do rm -r $d; mkdir $d; d=$d/p; mkdir -p $d; i=$((i + 1)); done",
            ["C /p", "D /p/f"]
                + (1..<10).flatMap { depth in
                    let path = "/p" + String(repeating: "/p", count: depth)
                    return ["C \(path)", "D \(path)/f"]
                } + ["A /p" + String(repeating: "/p", count: 10)]),
        DiffScene(
            "C8 file to directory, directory to link, link to file",
            "rm file; mkdir file; echo x > file/x; rm -r dir; ln -s file dir; rm link; echo z > link",
            ["C /dir", "C /file", "A /file/x", "C /link"]),
        DiffScene("C9 a file renamed", "mv bin/vi bin/vim", ["C /bin", "D /bin/vi", "A /bin/vim"]),
        DiffScene(
            "C9 a file renamed over another", "mv bin/ls bin/vi", ["C /bin", "D /bin/ls", "C /bin/vi"]),
        DiffScene(
            "C11 owner and mode of a tree", "chown -R 1000:2000 dir; chmod 700 dir/sub",
            ["C /dir", "C /dir/a", "C /dir/sub", "C /dir/sub/b", "C /dir/sub/deep", "C /dir/sub/deep/c"]),
        DiffScene(
            "C12 links among new files", "echo h > h1; ln h1 h2; ln h1 dir/h3; ln -s x s; ln s s2",
            ["C /dir", "A /dir/h3", "A /h1", "A /h2", "A /s", "A /s2"]),
        DiffScene(
            "C15 setuid, setgid, sticky", "chmod 4755 file; chmod 2755 same; chmod 1777 dir",
            ["C /dir", "C /file", "C /same"]),
        DiffScene(
            "C16 a capability, kept by a copy-up and lost by chown",
            layers: [
                "setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 file same"
            ],
            "echo >> dir/a; chown 7:7 same; touch -d @5 file", ["C /dir", "C /dir/a", "C /file", "C /same"]),
        DiffScene(
            "C17 trusted attributes, new, changed and gone",
            layers: ["setfattr -n trusted.one -v 1 file; setfattr -n trusted.two -v 2 dir"],
            "setfattr -n trusted.one -v 2 file; setfattr -x trusted.two dir; setfattr -n trusted.x -v a etc",
            ["C /dir", "C /etc", "C /file"]),
        DiffScene(
            "C19 times: nanoseconds, 1970, before, after 2038, of all kinds",
            """
            touch -d @1.123456789 file; touch -d @0 same; touch -d @-1.5 bin/ls; touch -d @5000000000.9 bin/vi
            mkdir d; ln -s x s; touch -h -d @-7.25 s; touch -d @3 dir/sub; touch -d @1000000000 bin dir; touch -d @9 d
            """,
            [
                "C /bin", "C /bin/ls", "C /bin/vi", "A /d", "C /dir", "C /dir/sub", "C /file", "A /s",
                "C /same",
            ]),
        DiffScene(
            "C20 a file of 1 TiB with holes",
            "truncate -s 1T big; printf x | dd of=big bs=1 seek=500G conv=notrunc status=none; truncate -s 9M e",
            ["A /big", "A /e"]),
        DiffScene(
            "C21 pipes and devices",
            "mkfifo pipe; mknod null c 1 3; mknod loop b 7 260; rm link; mkfifo link",
            ["C /link", "A /loop", "A /null", "A /pipe"]),
        DiffScene(
            "C22 names",
            #"""
            echo > ü; echo > "$(printf '\377\376')"; echo > "$(printf 'a\nb')"
            n=$(printf 'n%.0s' $(seq 200)); echo > "$n"; mkdir -- '-x y'; echo > '-x y/=:,\'
            """#,
            [
                "A /-x y", "A /-x y/=:,\\", "A /a\nb", "A /" + String(repeating: "n", count: 200), "A /ü",
                "A /\u{FFFD}\u{FFFD}",
            ]),
    ]
    /// What a driver may keep differently (see ``DiffTests``), or only where the file system of /tmp can.
    static let times = DiffScene("nanoseconds alone", "touch -d @1000000000.000000001 same", ["C /same"])
    static let links = [
        DiffScene(
            "C13 a link to a lower file, one name edited", "ln file file2; echo more >> file2",
            ["C /file", "A /file2"]),
        DiffScene("C13 a link to a lower file", "ln file bin/file2", ["C /bin", "A /bin/file2", "C /file"]),
    ]
    static let accessLists = DiffScene(
        "C18 ACLs and default ACLs", "setfacl -m u:1000:rw file; setfacl -d -m g:5:rx dir; echo > dir/new",
        ["C /dir", "A /dir/new", "C /file"])
}
