internal import DriverKit
internal import Glibc
internal import Host
public import SystemPackage

/// The drivers that are programs of their own: files called `mydocker-driver-NAME` in directories that only root can
/// change.
public struct ExecutableDrivers: Sendable {
    /// One that was found.
    public struct Found: Sendable {
        /// The driver's name.
        public let name: String
        /// Its file.
        public let path: FilePath
        /// Why it is not run; nil if it is.
        public let refusal: String?
    }

    /// Nil for those where the environment says, when it is asked.
    private let given: [FilePath]?
    private let patience: DriverExecutable.Patience
    private let notice: @Sendable (String) -> Void

    /// Where they are looked for, if ``variable`` does not say it.
    public static let standardDirectories: [FilePath] = [
        "/usr/local/libexec/mydocker/drivers", "/usr/libexec/mydocker/drivers",
    ]
    /// The variable with the directories, separated by colons.
    public static let variable = "MYDOCKER_DRIVER_PATH"
    private static let prefix = "mydocker-driver-"

    /// Those in these directories, the first ones first; nothing is looked for yet.
    ///
    /// - Parameter notice: is told what drivers say besides their answers.
    public init(in directories: [FilePath], notice: @escaping @Sendable (String) -> Void = { _ in }) {
        self.init(in: directories, patience: .init(), notice: notice)
    }

    init(
        in directories: [FilePath], patience: DriverExecutable.Patience,
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        given = directories
        self.patience = patience
        self.notice = notice
    }

    /// Those where the environment says; it is not looked at before one is asked for.
    ///
    /// - Parameter notice: is told what drivers say besides their answers.
    public init(notice: @escaping @Sendable (String) -> Void) {
        given = nil
        patience = .init()
        self.notice = notice
    }

    private var directories: [FilePath] {
        if let given { return given }
        guard let text = getenv(Self.variable) else { return Self.standardDirectories }
        return String(cString: text).split(separator: ":").map { FilePath(String($0)) }
    }

    /// All that there are, by name.
    func all() -> [Found] {
        var found: [String: Found] = [:]
        for directory in directories {
            for file in (try? Files.list(directory)) ?? [] where file.hasPrefix(Self.prefix) {
                let name = String(file.dropFirst(Self.prefix.count))
                guard Self.isName(name), found[name] == nil else { continue }
                let executable = executable(name, directory.appending(file))
                found[name] = Found(name: name, path: executable.path, refusal: executable.refusal)
            }
        }
        return found.values.sorted { $0.name < $1.name }
    }

    /// The one called `name`, asked what it is if that is not remembered; nil if there is none.
    func driver(named name: String, in store: Store?) -> ExecutableDriver? {
        guard Self.isName(name),
            let directory = directories.first(where: { Files.exists($0.appending(Self.prefix + name)) })
        else { return nil }
        let executable = executable(name, directory.appending(Self.prefix + name))
        let memory = store.map { DeclarationMemory(of: executable, in: $0) }
        if let known = memory?.recall() { return ExecutableDriver(executable, known) }
        do throws(ExecutableDriverError) {
            let answer = try executable.ask(.probe, [:])
            let declaration: DriverDeclaration
            do throws(DriverField.Wrong) { declaration = try DriverDeclaration(answer) } catch {
                throw ExecutableDriverError(name, .probe, .wrongField(error.field, error.reason))
            }
            // What it lacks may be there at any time.
            if declaration.support.isSupported { memory?.remember(answer) }
            return ExecutableDriver(executable, declaration)
        } catch {
            return ExecutableDriver(executable, failing: error)
        }
    }

    private func executable(_ name: String, _ path: FilePath) -> DriverExecutable {
        DriverExecutable(name: name, path: path, patience: patience, notice: notice)
    }

    /// Lower-case letters, digits and `-`.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 64
            && name.utf8.allSatisfy {
                (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
            }
    }
}
