internal import Core
internal import Glibc
internal import SystemPackage

/// The disks of a booted kernel, as files: one to work on, one to write the result to, and one that is the archive with
/// the image, if there is one.
struct GuestDisks {
    let scratch: FilePath
    let result: FilePath
    let image: FilePath?

    /// In the order in which the kernel gets them.
    var all: [FilePath] { [scratch, result] + (image.map { [$0] } ?? []) }

    /// Makes them in a directory.
    ///
    /// - Throws: ``SystemCallError``.
    init(in machine: FilePath, image: FilePath?) throws {
        scratch = machine.appending("scratch")
        result = machine.appending("result")
        self.image = image
        for (path, size) in [(scratch, off_t(24) << 30), (result, off_t(16) << 20)] {
            let file = try Descriptor(path, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
            guard ftruncate(file.rawValue, size) == 0 else {
                throw SystemCallError("ftruncate", path, errno: .current)
            }
        }
        // Without it the guest works in memory.
        let maker = ["/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4"].first { Files.exists(FilePath($0)) }
        if let maker { _ = try Command([maker, "-q", "-F", scratch.string]).output() }
    }
}
