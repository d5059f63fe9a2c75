public import Core

extension DriverCapabilities.Ground {
    /// The file systems that can be made to measure drivers on them; one without a maker is in memory.
    public static let backings = [
        DriverCapabilities.Ground(type: "ext4", maker: ["mkfs.ext4", "-q", "-F"], smallest: 16 << 20),
        DriverCapabilities.Ground(type: "xfs", maker: ["mkfs.xfs", "-q", "-f"], smallest: 300 << 20),
        DriverCapabilities.Ground(type: "btrfs", maker: ["mkfs.btrfs", "-q", "-f"], smallest: 128 << 20),
        DriverCapabilities.Ground(type: "tmpfs", maker: [], smallest: 0),
    ]

    /// The size of a file that one of them is made in, in bytes: what is not written of it takes no space.
    public static let backingSize = 16 << 30
}
