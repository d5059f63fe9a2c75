internal import CLinux
internal import Glibc
package import Host
package import SystemPackage

/// A tree whose directories are opened by their paths, however long: never upwards, never through a symbolic
/// link, and never into something that is mounted in the tree.
///
/// openat2(2) resolves up to PATH_MAX bytes in one call (Linux 5.6); where it is missing or a sandbox forbids it,
/// ``MountBoundary`` opens one name after the other.
package final class TreeRoot {
    private let root: Descriptor
    private var hasOpenAt2: Bool
    private var boundary: MountBoundary

    private static let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

    /// The tree at `path`, which may itself be a symbolic link to a directory.
    package convenience init(_ path: FilePath, usingOpenAt2: Bool = true) throws(SystemCallError) {
        self.init(owning: try Descriptor(path, O_RDONLY | O_DIRECTORY), usingOpenAt2: usingOpenAt2)
    }

    /// The tree of an open directory.
    package init(owning root: consuming Descriptor, usingOpenAt2: Bool = true) {
        self.root = root
        hasOpenAt2 = usingOpenAt2
        boundary = MountBoundary(usingOpenAt2: usingOpenAt2)
    }

    /// Opens the directory at `path`.
    ///
    /// - Throws: ``SystemCallError``: EXDEV if something is mounted on the way or there; ENOTDIR or ELOOP if
    ///   something else is in the way.
    package func open(_ path: LayerPath) throws(SystemCallError) -> Descriptor {
        var directory = try Descriptor(".", Self.flags, at: root.rawValue)
        if path.isRoot { return directory }
        if hasOpenAt2 {
            do throws(SystemCallError) {
                for piece in pieces(of: path) {
                    let above = directory.rawValue
                    directory = Descriptor(
                        owning: try systemCall("openat2", path.displayName) {
                            piece.withFileName { clx_openat_in_tree(above, $0, Self.flags) }
                        })
                }
                return directory
            } catch  where error.errno == .noFunction || error.errno == .notPermitted {
                hasOpenAt2 = false
                directory = try Descriptor(".", Self.flags, at: root.rawValue)
            }
        }
        for component in path.components {
            let name = EntryName(component.map(CChar.init(bitPattern:)))
            directory = try boundary.open(name, in: directory.rawValue, Self.flags)
        }
        return directory
    }

    /// The path in parts that one call takes: PATH_MAX counts the zero at the end.
    private func pieces(of path: LayerPath) -> [ArraySlice<UInt8>] {
        var result: [ArraySlice<UInt8>] = []
        var rest = path.bytes[...]
        while rest.count >= Int(PATH_MAX) {
            // A component has at most NAME_MAX bytes, so there is a slash.
            let end = rest.prefix(Int(PATH_MAX) - 1).lastIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            result.append(rest[..<end])
            rest = rest[end...].dropFirst()
        }
        return result + [rest]
    }
}
