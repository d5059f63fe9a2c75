internal import Core
internal import Glibc
internal import SystemPackage

/// The files that `--cidfile` and `--pidfile` ask for.
extension RunOptions {
    /// Says early what would go wrong late.
    func checkFiles() throws {
        guard let idFile, access(idFile, F_OK) == 0 else { return }
        throw RunError.invalidOption(
            option: "--cidfile", value: idFile, reason: "there is such a file already: remove it first")
    }

    /// What is to be done when the container's command has begun; nil for nothing.
    func noting() -> ((String, Int32) throws -> Void)? {
        guard idFile != nil || pidFile != nil else { return nil }
        return { id, process in try note(id, process: process) }
    }

    /// Writes the files.
    func note(_ id: String, process: Int32?) throws {
        if let idFile { try TextFile.write(id, to: FilePath(idFile)) }
        if let pidFile, let process { try TextFile.write("\(process)", to: FilePath(pidFile)) }
    }
}
