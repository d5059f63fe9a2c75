internal import Host
internal import Runtime
internal import SystemPackage

/// Something that a user or an image wants mounted in a container, as it is written on the command line and as it is kept in
/// the container's record: by names, where ``ContainerMount`` has paths.
public struct MountRequest: Sendable, Equatable {
    /// What is mounted.
    public enum Kind: String, Sendable, Codable {
        /// A directory or file of the host.
        case bind
        /// A volume of the store.
        case volume
        /// A new file system in memory.
        case tmpfs
    }

    /// How far it cannot be written to.
    public enum ReadOnly: String, Sendable, Codable {
        /// It can.
        case no
        /// Nor can what is mounted below it, where the kernel can do that.
        case yes
        /// What is mounted below it can.
        case alone
        /// Nor can what is mounted below it, or it is an error.
        case throughout
    }

    /// What is mounted.
    public var kind: Kind
    /// The host's path, or the volume's name; nil for a volume that is to be made, and in memory.
    public var source: String?
    /// Where in the container: an absolute path.
    public var target: String
    /// How far it cannot be written to.
    public var readOnly = ReadOnly.no
    /// Who sees later mounts below it: "rprivate", "private", "rslave", "slave", "rshared", "shared".
    public var propagation = Self.usualPropagation
    /// True to show what is mounted below the host's directory.
    public var isRecursive = true
    /// "noexec", "nosuid", "nodev", as mount(8) calls them.
    public var denied: [String] = []
    /// A path in the volume that is mounted instead of the whole.
    public var subpath: String?
    /// Options of tmpfs(5): "size=64m".
    public var options: [String] = []
    /// True if a missing directory of the host is made.
    public var makesSource = false
    /// True if an empty volume gets what the image has at the place.
    public var copiesImage = true
    /// True if the volume is the container's own, and removed with it.
    public var isAnonymous = false
    /// The labels of a volume that is made for it.
    public var labels: [String: String] = [:]
    /// The options of a volume that is made for it.
    public var volumeOptions: [String: String] = [:]

    static let usualPropagation = "rprivate"

    /// A mount and nothing special about it.
    public init(_ kind: Kind, _ source: String? = nil, at target: String) {
        self.kind = kind
        self.source = source
        self.target = target
    }

    /// A volume that an image wants.
    ///
    /// - Returns: nil for what cannot be one.
    init?(imageVolume path: String) {
        let path = FilePath(path.hasPrefix("/") ? path : "/" + path).lexicallyNormalized()
        guard path != "/" else { return nil }
        self.init(.volume, at: path.string)
        isAnonymous = true
    }

    /// Takes a word that is an option of any mount: "ro", "noexec", "rslave".
    ///
    /// - Returns: false if it is none.
    mutating func take(_ word: String) -> Bool {
        switch word {
        case "rw": readOnly = .no
        case "ro", "readonly": readOnly = .yes
        // Without SELinux there is nothing to relabel; the others are docker's for a virtual machine.
        case "z", "Z", "consistent", "cached", "delegated", "default": break
        case "private", "rprivate", "shared", "rshared", "slave", "rslave": propagation = word
        case "noexec", "nosuid", "nodev": if !denied.contains(word) { denied.append(word) }
        case "exec", "suid", "dev": denied.removeAll { $0 == "no" + word }
        case "bind": isRecursive = false
        case "rbind": isRecursive = true
        case "nocopy": copiesImage = false
        case "copy": copiesImage = true
        default: return false
        }
        return true
    }

    /// Sets the target, if it is one.
    ///
    /// - Returns: why it is none.
    mutating func setTarget(_ text: String) -> String? {
        guard text.hasPrefix("/") else { return "the path in the container is not absolute" }
        guard !text.utf8.contains(0) else { return "a null byte is in it" }
        let path = FilePath(text).lexicallyNormalized()
        guard path != "/" else { return "nothing can be mounted on the container's root" }
        target = path.string
        return nil
    }
}
