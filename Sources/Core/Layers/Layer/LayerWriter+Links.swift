internal import CLinux
internal import DriverKit
internal import Glibc
internal import Host
internal import SystemPackage
internal import Tree

/// Hard links, and names below symbolic ones, which may lead into the layers below.
extension LayerWriter {
    func link(_ path: LayerPath, to target: LayerPath, _ entry: TarEntry) throws {
        let target = try resolved(target, for: entry)
        if isLayer, LayerAction.isAside(path) { remainder.hasAside = true }
        if try status(target) == nil { try copyUp(target, entry) }
        guard let status = try status(target) else {
            throw SystemCallError("link to", target.displayName, errno: .noSuchFileOrDirectory)
        }
        if status.isDirectory {
            throw ImageError.refusedEntry(name: entry.displayName, reason: "it is a hard link to no file")
        }
        let (path, parent) = try enter(path, for: entry)
        copiedUp.remove(path)
        // A second link to what is there already would otherwise remove the only name it has.
        if let there = try LayerDirectory.status(path.name, in: parent),
            there.st_ino == status.st_ino, there.st_dev == status.st_dev
        {
            if format == .none { brought.insert(path) }
            return
        }
        let source = try tree.open(target.parent)
        try place(path, in: parent) { name in
            target.name.withFileName { linkat(source.rawValue, $0, parent, name, 0) }
        }
    }

    /// What this layer has at `path`, whose directories are no links.
    private func status(_ path: LayerPath) throws(SystemCallError) -> stat? {
        do throws(SystemCallError) {
            let parent = try tree.open(path.parent)
            return try LayerDirectory.status(path.name, in: parent.rawValue)
        } catch  where error.isMissingDirectory {
            return nil
        }
    }

    /// Makes a file of the layers below one of this layer, as link(2) on a mounted union does before it links.
    private func copyUp(_ path: LayerPath, _ entry: TarEntry) throws {
        guard isLayer, format != .none, remainder.showsLower(path), try union.get().find(path) != nil else {
            return
        }
        let parent = try makeDirectories(path.parent, for: entry).number
        guard let found = try union.get().find(path), !found.status.isDirectory else { return }
        let name = EntryName(path.name.map(CChar.init(bitPattern:)))
        copiedUp.insert(path)
        guard found.status.type == S_IFREG else {
            return try Metadata.makeNode(name, found.status, from: found.parent, to: parent)
        }
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let source = Descriptor(
            owning: try systemCall("open") {
                clx_openat(found.parent, name.bytes, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0)
            })
        let made = Descriptor(
            owning: try systemCall("create") { clx_openat(parent, name.bytes, flags, 0o600) })
        try copy.copy(from: source.rawValue, to: made.rawValue, size: Int64(found.status.st_size))
        try Metadata.apply(
            found.status, from: source.rawValue, to: made.rawValue, except: format.ownAttributes)
    }

    /// Where `path` is in truth, whether anything is there or not.
    private func resolved(_ path: LayerPath, for entry: TarEntry) throws -> LayerPath {
        if try !isLayer || hasDirectory(path.parent) { return path }
        return try followed(path.parent, for: entry).appending(path.name)
    }

    private func hasDirectory(_ path: LayerPath) throws(SystemCallError) -> Bool {
        do throws(SystemCallError) {
            let directory = try tree.open(path)
            return directory.rawValue >= 0
        } catch  where error.isMissingDirectory {
            return false
        }
    }

    func followed(_ path: LayerPath, for entry: TarEntry) throws -> LayerPath {
        try path.followingLinks(for: entry) { try content(at: $0) }
    }

    /// What the union of this layer and those below has at a path.
    private func content(at path: LayerPath) throws -> PathContent {
        if let own = try status(path) {
            if own.isDirectory { return .directory }
            guard own.type == S_IFLNK else {
                return isBrought(path, own) ? .ownFile : .lowerFile
            }
            let parent = try tree.open(path.parent)
            return .link(target: try FileLink.target(of: Array(path.name), in: parent.rawValue))
        }
        guard format != .none, remainder.showsLower(path), let found = try union.get().find(path) else {
            return .nothing
        }
        switch found.status.type {
        case S_IFDIR: return .directory
        case S_IFLNK: return .link(target: try FileLink.target(of: Array(path.name), in: found.parent))
        default: return .lowerFile
        }
    }
}
