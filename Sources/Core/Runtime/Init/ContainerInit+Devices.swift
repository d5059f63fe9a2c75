internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

extension ContainerInit {
    /// Makes the nodes of the devices that the container was given.
    func makeDevices() throws {
        for device in message.root.devices {
            guard let name = device.path.lastComponent else { continue }
            let directory = try ContainerPath.openDirectory(making: device.path.parent)
            let kind: mode_t = device.isBlock ? S_IFBLK : S_IFCHR
            let made = name.withPlatformString {
                clx_mknodat(directory.rawValue, $0, kind | device.mode, device.major, device.minor)
            }
            if made != 0 {
                // What every container has already.
                guard cErrno == EEXIST, Files.isDevice(device.path) else {
                    throw SystemCallError("mknod", device.path)
                }
                continue
            }
            try systemCall("chown", device.path) { _ in
                name.withPlatformString {
                    fchownat(directory.rawValue, $0, device.owner, device.group, AT_SYMLINK_NOFOLLOW)
                }
            }
        }
    }
}
