import Testing

/// One scene that is played with each driver.
struct Scene: CustomTestStringConvertible, Sendable {
    let testDescription: String
    private let play: @Sendable (StorageScenes, Driver) throws -> Void

    private init(_ name: String, _ play: @escaping @Sendable (StorageScenes, Driver) throws -> Void) {
        testDescription = name
        self.play = play
    }

    func callAsFunction(_ driver: String) throws {
        try play(StorageScenes(), Driver(name: driver))
    }

    static let all = [
        Scene("A write and a deletion leave the image byte-identical and nothing else") {
            try $0.imageStaysAsItIs(driver: $1)
        },
        Scene("A new file is in the write layer, not in the image, and gone at the end") {
            try $0.touchedFile(driver: $1)
        },
        Scene("A directory deleted and made again is empty") { try $0.opaqueDirectory(driver: $1) },
        Scene("Kinds replace each other; names are moved; modes and links hold") {
            try $0.otherChanges(driver: $1)
        },
        Scene("--read-only: every change fails with EROFS") { try $0.readOnly(driver: $1) },
        Scene("--rootfs: a directory is the read-only layer below a private write layer") {
            try $0.rootDirectory(driver: $1)
        },
        Scene("--keep keeps the write layer, and only that") { try $0.keep(driver: $1) },
    ]

    /// Names of directories with all that means something to an option string or a shell.
    static let oddNames = [
        "a:b", "a,b", "a b", "a=b", "a\\b", "a\\:b", "a\nb", "-a", "\"q'", "ü", "upperdir=x,y:z",
    ].map { name in
        Scene("--root and --rootfs called \(name.debugDescription)") { try $0.oddName(name, driver: $1) }
    }
}

@Suite("The storage drivers: the same visible behaviour")
struct StorageDriverTests {
    @Test("aufs", .driver("aufs"), arguments: Scene.all + Scene.oddNames)
    func aufs(scene: Scene) throws {
        try scene("aufs")
    }

    @Test("overlay", .driver("overlay"), arguments: Scene.all + Scene.oddNames)
    func overlay(scene: Scene) throws {
        try scene("overlay")
    }

    @Test("bind", .driver("bind"), arguments: Scene.all + Scene.oddNames)
    func bind(scene: Scene) throws {
        try scene("bind")
    }
}
