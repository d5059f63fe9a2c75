public import DriverKit
internal import Glibc
internal import Host
internal import Mount
public import SystemPackage

/// A file system of a certain type, in a file: for trying drivers where the store is on another one.
public enum GroundFile {
    /// Enough for every case and workload; what is not written of the file takes no space.
    public static let usualSize = 4 << 30

    /// Makes and mounts one, to be called in a private mount namespace.
    ///
    /// - Parameters:
    ///   - ground: without a maker, it is in memory.
    ///   - size: in bytes; at least what the type needs is taken.
    ///   - directory: where the file, `ground.image`, and the mount point are made.
    /// - Returns: the mount point. Its loop device is given back when it is unmounted.
    /// - Throws: an ``Explained`` error: the program that makes it is missing, or the kernel cannot mount it.
    public static func mount(
        _ ground: DriverCapabilities.Ground, size: Int = usualSize, in directory: FilePath
    ) throws -> FilePath {
        let (image, target) = (directory.appending("ground.image"), directory.appending("mounted"))
        try Files.makeDirectory(target, mode: 0o700)
        guard let maker = ground.maker.first else {
            let words = ["-t", ground.type, "-o", "mode=700", ground.type, target.string]
            try MountPlan([.run(ProgramCall("mount", words))]).execute()
            return target
        }
        try Files.create(image, mode: 0o600)
        try truncate(image, to: max(size, ground.smallest))
        try MountPlan([
            .run(ProgramCall(maker, ground.maker.dropFirst() + [image.string])),
            .run(ProgramCall("mount", ["-t", ground.type, "-o", "loop", image.string, target.string])),
        ]).execute()
        return target
    }

    /// Runs `body` with one mounted, in a mount namespace of its own; it is unmounted afterwards.
    ///
    /// - Throws: as ``mount(_:size:in:)`` does; what `body` throws.
    public static func mounted<Value: Sendable>(
        _ ground: DriverCapabilities.Ground, size: Int = usualSize, in directory: FilePath,
        _ body: @escaping @Sendable (FilePath) throws -> Value
    ) throws -> Value {
        try PrivateMountNamespace.run {
            let target = try mount(ground, size: size, in: directory)
            defer { unmount(target) }
            return try body(target)
        }
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
}
