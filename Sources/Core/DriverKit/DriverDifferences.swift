/// What a program notices of a driver's file system: declared, so that users can choose by it, and the conformance kit can
/// hold the driver to it.
///
/// Core does not look at it.
public struct DriverDifferences: Sendable, Equatable, Codable {
    /// What happens when a directory of a lower layer is renamed.
    public enum DirectoryRename: String, Sendable, Codable, CaseIterable {
        /// It works, as on one file system.
        case works
        /// rename(2) fails with EXDEV and nothing has changed; mv(1) copies then.
        case failsAcrossDevices
    }

    /// What happens to the other names of a lower file when it is changed through one of them.
    public enum LinkedCopyUp: String, Sendable, Codable, CaseIterable {
        /// They show the change too.
        case keepsLinks
        /// They show the change too, as long as the file system is mounted. After that only those do that were opened
        /// meanwhile; the others show the old content.
        case keepsLinksWhileMounted
        /// They show the old content: the changed name has become a file of its own.
        case breaksLinks
    }

    /// What a descriptor that was opened for reading before a lower file's first change shows after it.
    public enum OpenFile: String, Sendable, Codable, CaseIterable {
        /// The change.
        case followsCopyUp
        /// What was in the file when it was opened.
        case keepsOldContent
    }

    /// Whether finding what a snapshot changed costs as much as the change: it is in the layer directory, or the driver
    /// knows where to look (``StorageDriver/changedDirectories(of:since:)``).
    public var nativeDiff: Bool
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
    /// The longest name, in bytes, of something in a lower layer that can be changed or deleted.
    public var longestName: Int

    /// Differences; the defaults are those of a plain file system.
    public init(
        nativeDiff: Bool = false, directoryRename: DirectoryRename = .works,
        linkedCopyUp: LinkedCopyUp = .keepsLinks, openFile: OpenFile = .followsCopyUp,
        mapping: OpenFile = .followsCopyUp, reservedPrefix: String? = nil,
        copyUpReadsHoles: Bool = false, timeGranularity: Int = 1, longestName: Int = 255
    ) {
        self.nativeDiff = nativeDiff
        self.directoryRename = directoryRename
        self.linkedCopyUp = linkedCopyUp
        self.openFile = openFile
        self.mapping = mapping
        self.reservedPrefix = reservedPrefix
        self.copyUpReadsHoles = copyUpReadsHoles
        self.timeGranularity = timeGranularity
        self.longestName = longestName
    }
}
