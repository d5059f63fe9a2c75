internal import ArgumentParser
internal import Core
internal import Glibc
internal import Logging
internal import SystemPackage

/// `--root`, which every command that touches the store takes.
struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where images and containers are kept; else $MYDOCKER_ROOT, else \(Store.defaultRoot), or below $HOME if not root.",
            valueName: "dir"), completion: .directory)
    var root: String?

    /// The store that is meant, after what a killed mydocker left in it has been cleaned up.
    func cleanStore(_ logger: Logger) throws -> Store {
        let store = try store()
        try Cleanup(store: store, logger: logger).removeAbandoned()
        return store
    }

    /// Its images.
    func images(_ logger: Logger) throws -> ImageStore {
        ImageStore(at: try cleanStore(logger).images)
    }

    /// The store that is meant.
    func store() throws -> Store { try Store(option: root) }
}

extension Store {
    /// The store that `--root` means; nil if it was not given.
    init(option root: String?) throws {
        let chosen =
            try root ?? GlobalOptions.given.root ?? environmentVariable("MYDOCKER_ROOT")
            ?? (Rootless.places?.store() ?? Self.defaultRoot).string
        guard !chosen.isEmpty else {
            throw RunError.invalidOption(option: "--root", value: chosen, reason: "no directory")
        }
        let path = FilePath(chosen).absolute
        // Root's, say: what cannot be looked into is not empty.
        if Rootless.places != nil, access(path.string, X_OK) != 0, errno == EACCES {
            throw SystemCallError("enter", path, errno: .permissionDenied)
        }
        self.init(at: path, drivers: CommandLineProgram.registry)
    }
}

/// The storage driver that is named without a command's own option; nil if none is.
var namedStorage: String? {
    GlobalOptions.given.storage ?? environmentVariable("MYDOCKER_STORAGE")
}

/// The value of an environment variable that is set and not empty.
func environmentVariable(_ name: String) -> String? {
    guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { return nil }
    return value
}

extension FilePath {
    /// The path as seen from anywhere: relative ones start at the current directory.
    var absolute: FilePath {
        if isAbsolute { return self }
        guard let current = getcwd(nil, 0) else { return self }
        defer { free(current) }
        return FilePath(platformString: current).pushing(self)
    }
}
