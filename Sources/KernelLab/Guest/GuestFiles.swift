internal import Core
internal import Glibc
internal import SystemPackage

/// What another kernel or machine gets of this one: the program with everything that it is linked with, busybox, what makes
/// file systems, and the drivers that are programs of their own.
struct GuestFiles {
    /// Where drivers are that are programs of their own.
    static let drivers = "drivers"

    private var archive = Initramfs()

    /// - Parameters:
    ///   - makers: programs that make file systems; those that are not here are left out.
    ///   - drivers: storage drivers that are programs of their own. One in a language whose interpreter is no part of busybox
    ///     says on the other side that it does not work.
    /// - Throws: ``LabError``, ``SystemCallError``.
    init(makers: [String], drivers: [FilePath]) throws {
        try archive.addFile("bin/busybox", from: Self.busybox())
        let program = FilePath(try Files.readLink("/proc/self/exe"))
        try add(program, as: "bin/mydocker")
        for maker in makers {
            let places = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"].map { FilePath("\($0)/\(maker)") }
            if let file = places.first(where: Files.exists) { try add(file, as: "bin/\(maker)") }
        }
        for driver in drivers {
            guard let name = driver.lastComponent?.string else { continue }
            try add(driver, as: "\(Self.drivers)/\(name)")
        }
    }

    /// Adds what a booted kernel starts, and its modules.
    mutating func add(_ script: BootScript, _ modules: [(String, [UInt8])]) {
        archive.addFile("init", Array(BootScript.first.utf8), mode: 0o755)
        add(main: script.main)
        for (name, content) in modules { archive.addFile("modules/\(name)", content) }
    }

    /// Adds the script that does the work.
    mutating func add(main: String) {
        archive.addFile("main", Array(main.utf8), mode: 0o755)
    }

    /// Writes all of it as one archive, a cpio.
    mutating func write(to file: FilePath) throws {
        archive.finish()
        let output = try Descriptor(file, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        try output.write(archive.bytes, subject: file.string)
    }

    /// Adds a program and its libraries.
    private mutating func add(_ program: FilePath, as name: String) throws {
        for path in try ProgramFiles.all(of: program) {
            try archive.addFile(path == program ? name : String(path.string.dropFirst()), from: path)
        }
    }

    /// A static one, which works wherever it is.
    static func busybox() throws -> FilePath {
        guard
            let path = ["/bin/busybox", "/usr/bin/busybox"].map({ FilePath($0) }).first(where: Files.exists)
        else {
            throw LabError.noProgram("busybox", package: "busybox-static")
        }
        return path
    }

    static func copy(_ path: FilePath, to target: FilePath) throws {
        let content = try Descriptor(path, O_RDONLY).readAll(limit: 1 << 30, subject: path.string)
        let file = try Descriptor(target, O_WRONLY | O_CREAT | O_EXCL, mode: 0o755)
        try file.write(content, subject: target.string)
    }
}
