internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// What has been written to the disk that a directory is on (Documentation/block/stat.rst in the kernel's sources).
///
/// Others that write to the same disk count as well; a file system made for the purpose has a loop device of its own.
struct DeviceWrites: Sendable {
    private let directory: FilePath
    private let statistics: FilePath

    /// - Throws: ``NotMeasured`` where there is no disk below: a tmpfs.
    init(of directory: FilePath) throws {
        self.directory = directory
        guard let device = try Self.devices(below: directory).first(where: { Files.exists($0) }) else {
            throw NotMeasured(reason: "there is no disk below")
        }
        statistics = device.appending("stat")
        _ = try bytes()
    }

    /// Where the kernel may tell of the disk: by the file system's own number, and by what was mounted.
    ///
    /// A btrfs has a number of no disk.
    private static func devices(below directory: FilePath) throws -> [FilePath] {
        func path(_ device: UInt64) -> FilePath {
            FilePath("/sys/dev/block/\(clx_device_major(device)):\(clx_device_minor(device))")
        }
        var status = stat()
        guard directory.withPlatformString({ stat($0, &status) }) == 0 else {
            throw SystemCallError("stat", directory, errno: .current)
        }
        var devices = [path(UInt64(status.st_dev))]
        // The nearest mount, and of several at one place the last.
        var nearest: MountEntry?
        for mount in try MountTable().entries
        where directory.starts(with: mount.target) && mount.target.length >= nearest?.target.length ?? 0 {
            nearest = mount
        }
        if let source = nearest?.source, source.hasPrefix("/"), stat(source, &status) == 0,
            status.st_mode & S_IFMT == S_IFBLK
        {
            devices.append(path(UInt64(status.st_rdev)))
        }
        return devices
    }

    /// Writes out what is in memory (syncfs(2)), and reads how much has been written so far, in bytes.
    func settled() throws -> Double {
        let open = try Descriptor(directory, O_RDONLY | O_DIRECTORY)
        guard clx_syncfs(open.rawValue) == 0 else {
            throw SystemCallError("syncfs", directory, errno: .current)
        }
        return try bytes()
    }

    private func bytes() throws -> Double {
        let fields = try Files.read(statistics).split(whereSeparator: \.isWhitespace)
        // The seventh: sectors written, of 512 bytes whatever the disk's own are.
        guard fields.count > 6, let sectors = Double(fields[6]) else {
            throw NotMeasured(reason: "\(statistics) cannot be read")
        }
        return sectors * 512
    }
}
