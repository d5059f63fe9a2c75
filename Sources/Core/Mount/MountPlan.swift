public import SystemPackage

/// What has to be mounted, in order, to turn snapshots into a root file system: data, not action.
///
/// A storage driver returns a plan and mounts nothing itself. Core executes it inside the container's own
/// mount namespace (``MountPlan/execute()``), `--dry-run` prints it, tests compare it.
public struct MountPlan: Sendable, Equatable {
    /// The steps, executed first to last.
    public var steps: [MountStep]

    /// A plan from its steps.
    public init(_ steps: [MountStep]) {
        self.steps = steps
    }
}

/// One step of a ``MountPlan``.
public enum MountStep: Sendable, Equatable {
    /// A new file system instance, mounted at its target.
    case mount(FileSystemMount)
    /// New options for the file system mounted at `target` (a remount).
    case reconfigure(target: FilePath, type: String, options: [MountOption])
    /// The tree at `source` made visible at `target` as well (a bind mount), without what is mounted below it:
    /// a union file system does not show that either.
    case bind(source: FilePath, target: FilePath, readOnly: Bool)
    /// The mount at `target` taken out of sight again; what still uses its files keeps them.
    case detach(target: FilePath)
    /// A check that `target` shows as many layers as the plan asked for, before anyone relies on it.
    case verifyLayers(LayerCheck)
    /// A program is run, and has to end well.
    case run(ProgramCall)
    /// A program is started that mounts something at `target` and serves it until it is unmounted.
    case serve(ProgramCall, target: FilePath)
    /// A file's digest is written down beside it, and the kernel is asked to hold it to that where it can (fs-verity):
    /// it never changes again.
    case protect(file: FilePath)
    /// Everything in a directory is removed; the directory itself stays as it is.
    case clear(directory: FilePath)
    /// A mount that this process has got hold of already (open_tree(2)) is put at `target`, and the descriptor closed. No
    /// driver returns it: it stands for what Core has done before.
    case attach(descriptor: Int32, target: FilePath)
}

extension MountStep {
    package static let digestSuffix = ".sha256"

    /// Where ``protect(file:)`` writes the digest of a file down.
    public static func digest(of file: FilePath) -> FilePath { FilePath(file.string + digestSuffix) }
}

/// A program that a plan needs.
public struct ProgramCall: Sendable, Equatable {
    /// Its name, to be looked for where the system has its programs ("mkfs.erofs"), or its absolute path.
    public var program: String
    /// Its arguments, without its own name.
    public var arguments: [String]

    /// A call from its parts.
    public init(_ program: String, _ arguments: [String]) {
        self.program = program
        self.arguments = arguments
    }
}

/// A file system instance to be mounted.
public struct FileSystemMount: Sendable, Equatable {
    /// The type's name in /proc/filesystems.
    public var type: String
    /// The device, or for a file system without one, the name that mountinfo shows.
    public var source: String
    /// True if the source is a file that holds the file system: it is mounted from the file where the kernel can, else
    /// through a loop device, which goes with the mount.
    public var isImage: Bool
    /// Where it is mounted: an existing directory.
    public var target: FilePath
    /// True to mount it read-only.
    public var readOnly: Bool
    /// The options, in the order in which the kernel gets them.
    public var options: [MountOption]
    /// The option without a value that spares the file system making anything durable ("volatile"), if it has one: set
    /// only in a plan for something that is thrown away afterwards (``MountPlan/forThrowingAway()``).
    public var scratchFlag: String?

    /// A mount from its parts.
    public init(
        type: String, source: String, target: FilePath, readOnly: Bool = false, options: [MountOption] = [],
        scratchFlag: String? = nil, isImage: Bool = false
    ) {
        self.type = type
        self.source = source
        self.isImage = isImage
        self.target = target
        self.readOnly = readOnly
        self.options = options
        self.scratchFlag = scratchFlag
    }
}

extension MountPlan {
    /// Whether something of it is mounted from a file.
    package var hasImages: Bool {
        steps.contains { if case .mount(let mount) = $0 { mount.isImage } else { false } }
    }

    /// The plan for a snapshot that is mounted this once, and removed when that is over.
    package func forThrowingAway() -> MountPlan {
        MountPlan(
            steps.map { step in
                guard case .mount(var mount) = step, let flag = mount.scratchFlag else { return step }
                mount.options.append(.optional(flag))
                return .mount(mount)
            })
    }
}

/// One option of a file system.
///
/// Directories are their own kinds of option, because only the one who mounts knows how to hand a directory
/// to this kernel: by its path, by a descriptor, or by a short name where neither escaping rules nor
/// length limits can bite.
public enum MountOption: Sendable, Equatable {
    /// An option without a value: "index".
    case flag(String)
    /// The same, and left out where the kernel refuses it.
    case optional(String)
    /// An option with a plain value: "mode=0700".
    case string(String, String)
    /// An option whose value is a directory: "upperdir=/path".
    case directory(String, FilePath)
    /// An option whose value is a file in a directory; the kernel may have to create it: "xino=/path/xino".
    case file(String, in: FilePath, name: String)
    /// The layers of a union, uppermost first.
    case layers(LayerList)
}

/// The layers of a union mount and how its options spell them.
public struct LayerList: Sendable, Equatable {
    /// The layers, uppermost first.
    public var layers: [Layer]
    /// The option that adds one layer through fsconfig(2) ("lowerdir+"); nil if the type has none.
    public var perLayerKey: String?
    /// What stands before the first layer in a mount(2) option string: "lowerdir=" or "br:".
    public var prefix: String
    /// What stands between two layers there.
    public var separator: String

    /// One layer: a directory, and what the option string says of it ("=ro+wh").
    public struct Layer: Sendable, Equatable {
        /// The directory.
        public var directory: FilePath
        /// What follows the directory in the option string.
        public var suffix: String

        /// A layer from its parts.
        public init(_ directory: FilePath, suffix: String = "") {
            self.directory = directory
            self.suffix = suffix
        }
    }

    /// A list from its parts.
    public init(_ layers: [Layer], perLayerKey: String? = nil, prefix: String, separator: String = ":") {
        self.layers = layers
        self.perLayerKey = perLayerKey
        self.prefix = prefix
        self.separator = separator
    }
}

/// How to count the layers that a union mount really shows.
///
/// A kernel may drop layers silently: mount(2) with more than one page of options reports success and mounts
/// what fitted (measured on Linux 6.18: 101 of 150).
public struct LayerCheck: Sendable, Equatable {
    /// The mount point.
    public var target: FilePath
    /// How many layers have to be there.
    public var expected: Int
    /// The places that tell, tried in this order; the first one that exists decides.
    public var sources: [Source]

    /// A place that tells how many layers a mount has.
    public enum Source: Sendable, Equatable {
        /// The values of every option of this name in mountinfo, each split at the separator if there is one.
        case option(key: String, separator: String?)
        /// The entries called prefix + number in the directory that is named after the value of one
        /// mountinfo option: `/sys/fs/TYPE/si_VALUE`, `br0`, `br1`…
        case directory(prefix: String, option: String, entryPrefix: String)
    }

    /// A check from its parts.
    public init(target: FilePath, expected: Int, sources: [Source]) {
        self.target = target
        self.expected = expected
        self.sources = sources
    }
}
