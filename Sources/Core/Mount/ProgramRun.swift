internal import CLinux
internal import Glibc
public import SystemPackage

extension ProgramCall {
    /// Where programs are looked for, before the entries of PATH.
    private static let places: [FilePath] = [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    ]

    /// Where the program is; nil if it is nowhere.
    ///
    /// Of PATH only directories count that belong to root, and that nobody else may write to.
    public func find() -> FilePath? {
        if program.hasPrefix("/") { return FilePath(program) }
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let others = path.split(separator: ":").map { FilePath(String($0)) }.filter { directory in
            guard directory.isAbsolute else { return false }
            var status = stat()
            return directory.withPlatformString { stat($0, &status) } == 0 && status.st_uid == 0
                && status.st_mode & (S_IWGRP | S_IWOTH) == 0
        }
        return (Self.places + others).lazy.map { $0.appending(FilePath(program).components) }
            .first { $0.withPlatformString { access($0, X_OK) } == 0 }
    }

    /// Runs the program in this thread's mount namespace, and waits for its end; it is killed if this thread ends.
    ///
    /// - Throws: ``MountError/noProgram(_:)``, ``MountError/programFailed(_:status:output:)`` with what it said last, or
    ///   ``SystemCallError``.
    func run() throws {
        guard let file = find() else { throw MountError.noProgram(program) }
        let output = try DescriptorPair.pipe()
        let failure = try DescriptorPair.pipe()
        let process = try spawn(file, output: output.second.rawValue, failure: failure.second.rawValue)
        let said = output.onlyFirst()
        let reason = failure.onlyFirst()
        let last = (try? Self.end(of: said)) ?? []
        var status: Int32 = 0
        try systemCall("waitpid", program) { waitpid(process, &status, 0) }
        if let bytes = try? reason.readAll(limit: 4, subject: program), bytes.count == 4 {
            let number = bytes.withUnsafeBytes { $0.loadUnaligned(as: Int32.self) }
            throw SystemCallError("execve", file, errno: Errno(rawValue: number))
        }
        if clx_exited(status) == 1 && clx_exit_status(status) == 0 { return }
        let text = String(decoding: last, as: UTF8.self).split(separator: "\n").suffix(3)
        throw MountError.programFailed(
            program,
            status: clx_exited(status) == 1
                ? "status \(clx_exit_status(status))" : "signal \(clx_term_signal(status))",
            output: text.map(String.init).joined(separator: "; "))
    }

    private func spawn(_ file: FilePath, output: Int32, failure: Int32) throws(SystemCallError) -> pid_t {
        func copies(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] { texts.map { strdup($0) } + [nil] }
        let words = copies([program] + arguments)
        let variables = copies(["PATH=" + Self.places.map(\.string).joined(separator: ":"), "LC_ALL=C"])
        defer { (words + variables).forEach { free($0) } }
        return try systemCall("fork", file) { clx_spawn($0, words, variables, output, failure) }
    }

    /// The last bytes of all that a program says.
    private static func end(of pipe: borrowing Descriptor) throws(SystemCallError) -> [UInt8] {
        var last: [UInt8] = []
        while true {
            let chunk = try pipe.readAll(limit: 4096, subject: "the output")
            if chunk.isEmpty { return last }
            last = Array((last + chunk).suffix(4096))
        }
    }
}
