internal import CLinux
internal import Glibc
internal import Host
internal import Layers
internal import SystemPackage
internal import Tree

/// Says in what a layer differs from a fresh unpacking of its blob.
struct LayerDifference {
    private let expected: TreeRoot
    private let actual: TreeRoot

    /// Compares the layer directory `actual` with `expected`.
    init(expected: FilePath, actual: FilePath) throws(SystemCallError) {
        self.expected = try TreeRoot(expected)
        self.actual = try TreeRoot(actual)
    }

    /// A line for each change that is one: not for directories that are listed because of what is in them, nor for
    /// what an added directory holds.
    func lines(_ changes: [Change]) throws -> [String] {
        var added: FilePath?
        var lines: [String] = []
        for change in changes {
            let path = try LayerPath(change.path)
            switch change.kind {
            case .added:
                let place = FilePath(bytes: path.bytes)
                if let added, place.starts(with: added) { continue }
                added = place
                lines.append("\(change): should not be there")
            case .deleted: lines.append("\(change): is missing")
            case .modified:
                let aspects = try aspects(of: path)
                if !aspects.isEmpty { lines.append("\(change): other \(aspects.joined(separator: ", "))") }
            }
        }
        return lines
    }

    /// In what the two differ; nothing for a directory of which only the content does.
    private func aspects(of path: LayerPath) throws -> [String] {
        let one = try Place(path, in: expected)
        let other = try Place(path, in: actual)
        guard let old = try one.status(), let new = try other.status() else { return ["presence"] }
        if old.type != new.type { return ["type"] }
        var result: [String] = []
        if old.st_mode != new.st_mode { result.append("mode") }
        if old.st_uid != new.st_uid || old.st_gid != new.st_gid { result.append("owner") }
        // The root's time is that of the unpacking where no archive says another.
        if !path.isRoot, old.modified != new.modified { result.append("time") }
        if try one.attributes() != other.attributes() { result.append("extended attributes") }
        switch old.type {
        case S_IFDIR: return result
        case S_IFCHR, S_IFBLK: if old.st_rdev != new.st_rdev { result.append("device number") }
        case S_IFREG: if old.st_size != new.st_size { result.append("size") }
        case S_IFLNK: if try one.target() != other.target() { result.append("target") }
        default: break
        }
        if old.st_nlink != new.st_nlink { result.append("number of links") }
        return result.isEmpty ? [old.type == S_IFREG ? "content or links" : "links"] : result
    }

    /// Something in an open directory.
    private struct Place: ~Copyable {
        let name: [UInt8]
        let directory: Descriptor

        init(_ path: LayerPath, in tree: TreeRoot) throws(SystemCallError) {
            name = path.isRoot ? [UInt8(ascii: ".")] : Array(path.name)
            directory = try tree.open(path.parent)
        }

        borrowing func status() throws(SystemCallError) -> stat? {
            try LayerDirectory.status(name, in: directory.rawValue)
        }

        borrowing func attributes() throws(SystemCallError) -> [ExtendedAttribute] {
            try ExtendedAttributes.portable(
                at: .entry(name.map(CChar.init(bitPattern:)) + [0], in: directory.rawValue))
        }

        borrowing func target() throws(SystemCallError) -> [UInt8] {
            try FileLink.target(of: name, in: directory.rawValue)
        }
    }
}
