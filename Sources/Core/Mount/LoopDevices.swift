internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage
internal import Tree

/// The loop devices of this machine: one for each image, whoever mounts it, so that the kernel has one file system of
/// it, and keeps what is read of it once.
///
/// The kernel frees a device with its last mount (LO_FLAGS_AUTOCLEAR in loop(4)), however that ends. As long as this value
/// lives nobody else who uses one may look for a device or attach one.
package struct LoopDevices: ~Copyable {
    private let control: Descriptor
    /// The numbers of those that show a file.
    private var known: [FileID: Int32]

    /// How often a device is asked for that others take away.
    private static let patience = 64

    /// Waits for its turn, and looks which there are.
    ///
    /// - Throws: ``SystemCallError``: there is no loop driver, or this process may not use it.
    init() throws(SystemCallError) {
        let control = try Descriptor("/dev/loop-control", O_RDWR)
        let number = control.rawValue
        try systemCall("flock", "/dev/loop-control") { flock(number, LOCK_EX) }
        var known: [FileID: Int32] = [:]
        for name in (try? Files.list("/sys/block")) ?? [] {
            // Opening one takes longer than finding out that it shows nothing.
            guard name.hasPrefix("loop"), let number = Int32(name.dropFirst(4)),
                Files.isDirectory(FilePath("/sys/block/\(name)/loop")),
                let device = try? Descriptor(Self.path(number), O_RDONLY), let file = Self.file(of: device)
            else { continue }
            known[file] = number
        }
        self.known = known
        self.control = control
    }

    private static func path(_ number: Int32) -> FilePath { FilePath("/dev/loop\(number)") }

    /// The file that a device shows from its beginning to its end, read-only, and until nobody uses it.
    private static func file(of device: borrowing Descriptor) -> FileID? {
        var (number, inode) = (UInt64(0), UInt64(0))
        guard clx_loop_file(device.rawValue, &number, &inode) == 0 else { return nil }
        return FileID(device: dev_t(number), inode: ino_t(inode))
    }

    /// Opens the device that shows the file, attaching a free one if there is none; it stays attached as long as the result
    /// is open, or it is mounted.
    mutating func open(for image: FilePath) throws(SystemCallError) -> LoopDevice {
        let file = try Descriptor(image, O_RDONLY | O_NOFOLLOW)
        let identity = try FileID(of: file.rawValue)
        if let number = known[identity] {
            // It may have been freed since, but not any more when it is open.
            let device = try Descriptor(Self.path(number), O_RDONLY)
            if Self.file(of: device) == identity {
                return LoopDevice(device: device, path: Self.path(number))
            }
        }
        for _ in 0..<Self.patience {
            let manager = control.rawValue
            let number = try systemCall("LOOP_CTL_GET_FREE") { clx_loop_free(manager) }
            let device = try Descriptor(Self.path(number), O_RDONLY)
            let (target, source) = (device.rawValue, file.rawValue)
            do throws(SystemCallError) {
                // Past the cache of the file, which would keep everything a second time.
                try systemCall("LOOP_CONFIGURE", Self.path(number).string) {
                    clx_loop_attach(target, source, 1)
                }
                known[identity] = number
                return LoopDevice(device: device, path: Self.path(number))
            } catch {
                // Some other program was faster.
                guard error.errno == .resourceBusy else { throw error }
            }
        }
        throw SystemCallError("LOOP_CONFIGURE", image, errno: .resourceBusy)
    }
}

/// A loop device that is attached at least as long as this value lives.
struct LoopDevice: ~Copyable {
    fileprivate let device: Descriptor
    /// Its file in /dev.
    let path: FilePath
}
