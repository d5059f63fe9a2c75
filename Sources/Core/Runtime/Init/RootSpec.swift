public import Mount
public import SystemPackage

/// A container's root and what is in it besides the image's files.
public struct RootSpec: Sendable, Equatable {
    /// How the root is mounted.
    public var plan: MountPlan
    /// Where it is mounted: an existing directory of the host.
    public var mountPoint: FilePath
    /// True if nothing in it can be changed.
    public var readOnly = false
    /// The host name; nil where the UTS namespace is somebody else's.
    public var hostname: String?
    /// The domain name (getdomainname(2)); nil for the host's.
    public var domainName: String?
    /// Small files that mydocker writes, each over what the image has at its path.
    public var files: [ContainerFile] = []
    /// What else is mounted in it, in this order.
    public var mounts: [ContainerMount] = []
    /// Nodes in /dev besides the usual ones.
    public var devices: [DeviceNode] = []
    /// True if somebody decides which device nodes can be opened; otherwise the root opens none.
    public var controlsDevices = false
    /// True if /proc and /sys are hidden and read-only where docker has them so.
    public var restrictsKernelFileSystems = true
    /// True to show /sys writable, as a privileged container has it.
    public var writableSystem = false
    /// How large /dev/shm may become, in bytes.
    public var sharedMemory = Self.usualSharedMemory
    /// Settings of the kernel for the container's namespaces (sysctl(8)): "net.ipv4.ip_forward", and the value.
    public var kernelSettings: [KernelSetting] = []

    /// True if its users are its own: it is entered by nobody in particular, who becomes its root then.
    public var ownsUsers = false
    /// True if who sets it up is root only in a user namespace: devices are the host's, made visible.
    public var isUnprivileged = false
    /// True if who sets it up may be in a chroot(2), whose root is not that of the mount namespace.
    public var mayBeConfined = false

    /// What docker gives /dev/shm.
    public static let usualSharedMemory: Int64 = 64 << 20

    /// A root, and nothing special in it.
    public init(plan: MountPlan, mountPoint: FilePath, hostname: String?) {
        self.plan = plan
        self.mountPoint = mountPoint
        self.hostname = hostname
    }
}

/// A file of a container that mydocker writes.
public struct ContainerFile: Sendable, Equatable {
    /// Where it is in the container: absolute.
    public var path: FilePath
    /// What is in it.
    public var content: String

    /// A file with this content.
    public init(path: FilePath, content: String) {
        self.path = path
        self.content = content
    }
}

/// One setting of the kernel.
public struct KernelSetting: Sendable, Equatable {
    /// As sysctl(8) writes it, with dots.
    public var name: String
    /// What it is set to.
    public var value: String

    /// A setting.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}
