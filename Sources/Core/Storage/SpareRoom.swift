internal import Glibc
internal import Host
package import SystemPackage

/// Room on the disk that is taken in advance, for what gives room: on a full disk no directory and no file can be made,
/// and a removal needs one.
package struct SpareRoom {
    private static let count = 4
    /// As much as an index of some hundred images takes.
    private static let bytes = 64 << 10

    private let store: Store

    init(_ store: Store) {
        self.store = store
    }

    /// That of the store whose images are in `images`.
    package init(besides images: FilePath) {
        self.init(Store(at: images.parent))
    }

    private var directories: [FilePath] { (0..<Self.count).map { store.spare.appending("\($0)") } }
    private var file: FilePath { store.spare.appending("room") }

    /// Takes it, as far as there is any.
    func fill() {
        try? Files.makeDirectories(store.spare, mode: 0o700)
        for path in directories where !Files.exists(path) { try? Files.makeDirectory(path, mode: 0o700) }
        if Files.exists(file) { return }
        do {
            let room = try Descriptor(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
            try room.write([UInt8](repeating: 0, count: Self.bytes), subject: file.string)
        } catch {
            try? Files.remove(file)
        }
    }

    /// Makes one of the directories the new directory `path`.
    ///
    /// - Returns: false if there is none left.
    func take(as path: FilePath) -> Bool {
        // Of several processes one gets it: the others do not find it any more.
        directories.contains { (try? Files.rename($0, to: path)) != nil }
    }

    /// Runs `body`, which removes something; if there is no room for what that has to write, once more with this room.
    package func spend<Value>(on body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as SystemCallError {
            guard error.isFull, (try? Files.remove(file)) != nil else { throw error }
            defer { fill() }
            return try body()
        }
    }
}
