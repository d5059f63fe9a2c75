/// What Core has to know of a driver to use it.
public struct DriverCapabilities: Sendable, Equatable {
    /// The most layers below a writable one, as far as the driver knows before it asks the kernel; nil: any number.
    public var layerLimit: Int?
    /// What the kernel's build options say of that, where it was built with one of these: the limit for each.
    public var builtLimits: [String: Int]
    /// The names of the options that it takes (`--storage-opt NAME=VALUE`), each with what it does, in a few words.
    public var options: [String: String]
    /// Whether ``StorageDriver/discard(_:)`` does something: only then does Core note whose a snapshot is.
    public var discards: Bool
    /// What in a finished snapshot's directory has to be there for it to be whole: "fs" for a directory.
    public var finishedName: String
    /// Whether what is written through a mount is still there when it is unmounted.
    ///
    /// If not, a container cannot be kept, committed or compared.
    public var keepsWrites: Bool
    /// The file system that the snapshots have to lie on, if only one will do: the conformance kit and the bench make one
    /// in a file where the store is on another.
    public var ground: Ground?

    /// A file system that can be made in a file.
    public struct Ground: Sendable, Equatable {
        /// Its type for mount(2).
        public let type: String
        /// The program that makes it and its arguments; the file's name is put after them.
        public let maker: [String]
        /// The smallest size that it can be made with, in bytes.
        public let smallest: Int

        /// A file system.
        public init(type: String, maker: [String], smallest: Int) {
            self.type = type
            self.maker = maker
            self.smallest = smallest
        }
    }

    /// Capabilities; the defaults are those of a driver without conditions.
    public init(
        layerLimit: Int? = nil, builtLimits: [String: Int] = [:], options: [String: String] = [:],
        discards: Bool = false,
        finishedName: String = "fs", keepsWrites: Bool = true, ground: Ground? = nil
    ) {
        self.layerLimit = layerLimit
        self.builtLimits = builtLimits
        self.options = options
        self.discards = discards
        self.finishedName = finishedName
        self.keepsWrites = keepsWrites
        self.ground = ground
    }
}
