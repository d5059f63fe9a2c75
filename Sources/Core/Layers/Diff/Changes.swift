public import DriverKit
public import SystemPackage

/// Finds what is different between two states of a root file system.
///
/// ## What a change is
/// A path is *added* if there was nothing, *deleted* if there is nothing any more (then nothing below it is
/// listed), and *modified* if what is there differs in type, mode, owner, device number, link target, size,
/// modification time to the nanosecond, extended attributes or content. Content is always compared when all else is
/// equal: a file written with the same size in the same second is seen, and one that was only opened for writing is
/// not a change. A socket is a change as everything else.
///
/// Listed as modified besides:
/// - the directories above a change, up to the root (a layer has to carry them);
/// - all names of a file with several names, if one is a change, or if they were not names of one file before
///   (``LinkChanges``).
///
/// The root itself is the empty path; its own modification time does not count.
///
/// ## What it needs
/// Access to trees that nobody changes meanwhile: freeze or stop who might. Nothing follows symbolic links or enters
/// mounts below the roots. Memory grows with the changes, and with the width of one directory, not with the
/// trees. May be called from any thread.
public enum Changes {
    /// Reads the changes out of a layer, at a cost that grows with the layer and not with what is below.
    ///
    /// Of the layers below only the paths are looked at that the layer has. A whole tree
    /// (``DeletionFormat/none``) is compared with the nearest of them, which is a whole tree too.
    ///
    /// - Parameters:
    ///   - layer: the layer directory.
    ///   - parents: the layer directories below it, the nearest first; may be empty.
    ///   - format: the form of deletions in all of them.
    ///   - places: of two whole trees, the directories in which something may be different, if that is known: paths from
    ///     the root.
    /// - Returns: the changes, a directory's before those in it.
    /// - Throws: ``DiffError`` or ``SystemCallError``.
    public static func ofLayer(
        _ layer: FilePath, on parents: [FilePath], format: DeletionFormat, only places: Set<FilePath>? = nil
    ) throws -> [Change] {
        let below = format == .none ? Array(parents.prefix(1)) : parents
        var finder = try ChangeFinder(layer, format, on: below, format)
        if let places { try finder.narrow(to: places) }
        return try finder.run()
    }

    /// Compares two whole trees, at a cost that grows with both.
    ///
    /// - Returns: what makes `new` of `old`.
    /// - Throws: ``DiffError`` or ``SystemCallError``.
    public static func between(_ old: FilePath, and new: FilePath) throws -> [Change] {
        var finder = try ChangeFinder(new, .none, on: [old], .none)
        return try finder.run()
    }

    /// Compares two directories of one layer, marks included: of a deletion, only its being there counts.
    package static func betweenLayers(_ old: FilePath, and new: FilePath, format: DeletionFormat) throws
        -> [Change]
    {
        var finder = try ChangeFinder(new, .none, on: [old], .none, equalMarks: format)
        return try finder.run()
    }
}
