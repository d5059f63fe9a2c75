internal import Glibc
public import Runtime

/// What a container was made to be: all that a later start, a command beside it, or whoever looks into it needs.
///
/// What the user and the image said is one here: a new version of the image changes nothing.
public struct ContainerSpec: Sendable, Equatable {
    /// The command and its arguments, byte for byte.
    public var arguments: [[UInt8]] = []
    /// How many of them are the entry point.
    public var entrypointCount = 0
    /// The environment as NAME=VALUE, byte for byte.
    public var environment: [[UInt8]] = []
    /// The current directory of the command.
    public var workingDirectory = "/"
    /// Whom it runs as; empty for root.
    public var user = ""
    /// `--group-add`.
    public var groups: [String] = []
    /// The host name; nil for the container's ID.
    public var hostname: String?
    /// `--domainname`.
    public var domainName: String?
    /// `-t`.
    public var terminal = false
    /// `-i`.
    public var interactive = false
    /// `--read-only`.
    public var readOnly = false
    /// `--init`.
    public var reaper = false
    /// How far it is shut in.
    public var isolation = IsolationRequest()
    /// The limits of the container.
    public var limits = ResourceLimits()
    /// The cgroup that its own is made in.
    public var cgroupParent = CgroupParent.usual
    /// The limits of its processes.
    public var processLimits: [ProcessLimit] = []
    /// `--oom-score-adj`.
    public var oomScoreAdjustment: Int?
    /// `--shm-size`, in bytes.
    public var sharedMemory = RootSpec.usualSharedMemory
    /// `--sysctl`.
    public var kernelSettings: [KernelSetting] = []
    /// `--add-host`: names and their addresses.
    public var extraHosts: [ExtraHost] = []
    /// Whose namespaces it has.
    public var namespaces = NamespaceChoice()
    /// Who its users are on the host; nil if they are the host's.
    public var users: IDMap?
    /// The number of the signal that asks it to end.
    public var stopSignal: Int32 = 15
    /// How long `stop` waits for that, in seconds; nil for the usual ten.
    public var stopTimeout: Int?
    /// What happens when its command ends.
    public var restart = RestartPolicy.no
    /// How its log is kept, if it runs in the background.
    public var log = ContainerLogOptions()
    /// What is mounted in it: each volume has its name.
    public var mounts: [MountRequest] = []
    /// How it is found out whether it does what it is for; nil if nobody asks.
    public var health: HealthCheck?
    /// `--label`, and the image's.
    public var labels: [String: String] = [:]

    /// A container of which nothing is known yet.
    public init() {}
}

/// A name in a container's /etc/hosts.
public struct ExtraHost: Sendable, Equatable {
    /// The name.
    public var name: String
    /// Its address, of either version.
    public var address: String

    init(name: String, address: String) {
        self.name = name
        self.address = address
    }

    /// From what a user writes: NAME:ADDRESS, or NAME=ADDRESS.
    ///
    /// - Throws: ``RunError/invalidOption(option:value:reason:)``.
    public init(_ text: String) throws {
        guard let end = text.firstIndex(where: { $0 == ":" || $0 == "=" }), end != text.startIndex,
            text[..<end].utf8.allSatisfy({ $0 > 32 && $0 != UInt8(ascii: "#") && $0 < 127 })
        else {
            throw RunError.invalidOption(
                option: "--add-host", value: text, reason: "not of the form NAME:ADDRESS")
        }
        let address = text[text.index(after: end)...].trimmingBrackets
        var (four, six) = (in_addr(), in6_addr())
        guard inet_pton(AF_INET, address, &four) == 1 || inet_pton(AF_INET6, address, &six) == 1 else {
            throw RunError.invalidOption(
                option: "--add-host", value: text, reason: "\"\(address)\" is no address")
        }
        self.init(name: String(text[..<end]), address: address)
    }
}

extension Substring {
    fileprivate var trimmingBrackets: String {
        hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : String(self)
    }
}
