internal import CLinux
public import Core
internal import Glibc
public import SystemPackage

/// A file system of the type that a driver needs, in a file: for trying it where the store is on another one.
public enum GroundFile {
    /// Enough for every case and workload; what is not written of the file takes no space.
    public static let usualSize = 4 << 30

    /// Makes and mounts one, to be called in a private mount namespace.
    ///
    /// - Parameters:
    ///   - size: in bytes; at least what the type needs is taken.
    ///   - directory: where the file, `ground.image`, and the mount point are made.
    /// - Returns: the mount point. Its loop device is given back when it is unmounted.
    /// - Throws: an ``Explained`` error: the program that makes it is missing, or the kernel cannot mount it.
    public static func mount(
        _ ground: DriverCapabilities.Ground, size: Int = usualSize, in directory: FilePath
    ) throws -> FilePath {
        let (image, target) = (directory.appending("ground.image"), directory.appending("mounted"))
        try Files.create(image, mode: 0o600)
        try truncate(image, to: max(size, ground.smallest))
        try run(ground.maker + [image.string])
        try Files.makeDirectory(target, mode: 0o700)
        try run(["mount", "-t", ground.type, "-o", "loop", image.string, target.string])
        return target
    }

    /// Unmounts it, now or when nobody uses it any more.
    public static func unmount(_ target: FilePath) {
        _ = target.withPlatformString { umount2($0, Int32(MNT_DETACH)) }
    }

    private static func truncate(_ file: FilePath, to size: Int) throws(SystemCallError) {
        if file.withPlatformString({ Glibc.truncate($0, off_t(size)) }) != 0 {
            throw SystemCallError("truncate", file)
        }
    }

    /// Runs a program, whose output is the error if it fails.
    private static func run(_ words: [String]) throws {
        var ends: [Int32] = [-1, -1]
        guard clx_pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemCallError("pipe2") }
        let reader = Descriptor(owning: ends[0])
        var writer: Descriptor? = Descriptor(owning: ends[1])
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for stream in [STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_adddup2(&actions, ends[1], stream)
        }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=\(path)"), strdup("LC_ALL=C"), nil]
        defer { for pointer in arguments + environment { free(pointer) } }
        var process = pid_t()
        let places = path.split(separator: ":").map { directory -> String in "\(directory)/\(words[0])" }
        guard let program = places.first(where: { access($0, X_OK) == 0 }) else {
            throw GroundMissing(reason: "there is no \(words[0]), which makes what the driver needs")
        }
        let failure = posix_spawn(&process, program, &actions, nil, &arguments, &environment)
        guard failure == 0 else {
            throw SystemCallError("posix_spawn", program, errno: Errno(rawValue: failure))
        }
        writer = nil
        let output = String(
            decoding: (try? reader.readAll(limit: 1 << 16, subject: program)) ?? [], as: UTF8.self)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        guard status == 0 else {
            let line = output.split(separator: "\n").first.map(String.init) ?? "it failed"
            throw GroundMissing(reason: "\(words[0]): \(line)")
        }
        _ = consume writer
    }

    private static let path = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"
}

/// This machine cannot make a file system for a driver.
struct GroundMissing: Explained {
    let reason: String

    var explanation: Explanation { Explanation(reason) }
}
