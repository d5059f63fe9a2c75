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
        try Files.makeDirectory(target, mode: 0o700)
        try MountPlan([
            .run(ProgramCall(ground.maker[0], ground.maker.dropFirst() + [image.string])),
            .run(ProgramCall("mount", ["-t", ground.type, "-o", "loop", image.string, target.string])),
        ]).execute()
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
}
