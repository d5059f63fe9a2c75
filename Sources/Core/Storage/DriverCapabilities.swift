/// What a driver's file system can do, and what it does differently: declared, so that Core can use it, users can
/// choose by it, and the conformance kit can hold the driver to it.
public struct DriverCapabilities: Sendable, Equatable, Codable {
    /// What happens when a directory of a lower layer is renamed.
    public enum DirectoryRename: String, Sendable, Codable {
        /// It works, as on one file system.
        case works
        /// rename(2) fails with EXDEV and nothing has changed; mv(1) copies then.
        case failsAcrossDevices
    }

    /// What happens to the other names of a lower file when it is changed through one of them.
    public enum LinkedCopyUp: String, Sendable, Codable {
        /// They show the change too.
        case keepsLinks
        /// They show the change too, as long as the file system is mounted. After that only those do that were opened
        /// meanwhile; the others show the old content.
        case keepsLinksWhileMounted
        /// They show the old content: the changed name has become a file of its own.
        case breaksLinks
    }

    /// What a descriptor that was opened for reading before a lower file's first change shows after it.
    public enum OpenFile: String, Sendable, Codable {
        /// The change.
        case followsCopyUp
        /// What was in the file when it was opened.
        case keepsOldContent
    }

    /// Whether what a snapshot changed can be read out of its layer directory; if not, trees are compared, at a
    /// cost that grows with the whole image.
    public var nativeDiff: Bool
    /// The most layers below a writable one, as far as the driver knows before it asks the kernel; nil: any number.
    public var layerLimit: Int?
    /// See ``DirectoryRename``.
    public var directoryRename: DirectoryRename
    /// See ``LinkedCopyUp``.
    public var linkedCopyUp: LinkedCopyUp
    /// See ``OpenFile``.
    public var openFile: OpenFile
    /// The same of a file that was mapped into memory before.
    public var mapping: OpenFile
    /// Names that begin so are the driver's own, and refused; nil if there are none.
    public var reservedPrefix: String?
    /// Whether the first change of a lower file takes as long as the file is large, its holes included.
    public var copyUpReadsHoles: Bool
    /// The smallest difference of times that can be set, in nanoseconds.
    public var timeGranularity: Int
    /// Whether an opaque directory may lie above another one; if not, image layers are unpacked without opaque marks.
    public var stacksOpaqueDirectories: Bool
    /// The longest name, in bytes, of something in a lower layer that can be changed or deleted.
    public var longestName: Int

    /// Capabilities; the defaults are those of a plain file system.
    public init(
        nativeDiff: Bool = false, layerLimit: Int? = nil, directoryRename: DirectoryRename = .works,
        linkedCopyUp: LinkedCopyUp = .keepsLinks, openFile: OpenFile = .followsCopyUp,
        mapping: OpenFile = .followsCopyUp, reservedPrefix: String? = nil,
        copyUpReadsHoles: Bool = false, timeGranularity: Int = 1, stacksOpaqueDirectories: Bool = true,
        longestName: Int = 255
    ) {
        self.nativeDiff = nativeDiff
        self.layerLimit = layerLimit
        self.directoryRename = directoryRename
        self.linkedCopyUp = linkedCopyUp
        self.openFile = openFile
        self.mapping = mapping
        self.reservedPrefix = reservedPrefix
        self.copyUpReadsHoles = copyUpReadsHoles
        self.timeGranularity = timeGranularity
        self.stacksOpaqueDirectories = stacksOpaqueDirectories
        self.longestName = longestName
    }
}
