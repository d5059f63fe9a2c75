internal import Host
internal import SystemPackage

/// What an executable driver has said of itself: a file in the driver's directory of the store.
///
/// It holds good for this boot and this executable; who changes the executable is asked again.
struct DeclarationMemory {
    private let file: FilePath
    private let directory: FilePath
    private let identity: String?
    private let isWritable: Bool

    init(of executable: DriverExecutable, in store: Store) {
        directory = store.snapshots(of: executable.name).parent
        file = directory.appending("declared")
        isWritable = store.isReady && !store.isReadOnly
        let boot = try? Files.read(ProbeMemory.boot)
        if let boot, let id = executable.identity {
            identity = "\(executable.path.string.printable) \(id) \(boot)"
        } else {
            identity = nil
        }
    }

    /// What is remembered; nil if it is not of this executable, or nothing.
    func recall() -> DriverDeclaration? {
        guard let identity, let content = try? Files.read(file), content.hasPrefix(identity),
            let value = try? JSONValue(parsing: Array(content.utf8.dropFirst(identity.utf8.count)))
        else { return nil }
        return try? DriverDeclaration(DriverField(value, "").object())
    }

    /// Remembers an answer; what cannot be written is asked again.
    func remember(_ answer: DriverObject) {
        guard let identity, isWritable else { return }
        let new = FilePath("\(file).\(LiveDirectory.randomName())")
        do {
            try Files.makeDirectories(directory, mode: 0o700)
            try Files.create(new, identity + JSONValue.object(answer.members).text + "\n", mode: 0o600)
            try Files.rename(new, to: file)
        } catch {
            try? Files.remove(new)
        }
    }
}
