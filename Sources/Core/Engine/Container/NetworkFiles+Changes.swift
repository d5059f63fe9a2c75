internal import Glibc
internal import Host
internal import Layers
internal import SystemPackage

extension NetworkFiles {
    /// The changes of a container without what was made only to mount ``paths`` on: empty files, and the directory around
    /// them where nothing else in it has changed.
    ///
    /// - Parameters:
    ///   - tree: where what was added and modified is.
    ///   - before: the trees in which the directory may have been before, the nearest first.
    static func removed(from changes: [Change], in tree: FilePath, before: [FilePath]) -> [Change] {
        let made = Set(paths.filter { isEmptyFile(tree.appending($0.components)) }.map { $0.relative })
        var left = changes.filter { $0.kind != .added || !made.contains($0.path) }
        guard left.count < changes.count else { return changes }
        let directory = Array("etc".utf8)
        let inside = directory + [UInt8(ascii: "/")]
        guard !left.contains(where: { $0.path.starts(with: inside) }),
            let index = left.firstIndex(where: { $0.path == directory })
        else { return left }
        let isOurs =
            left[index].kind == .added
            || isSame(
                tree.appending("etc"), before.map { $0.appending("etc") }.first(where: Files.isDirectory))
        if isOurs { left.remove(at: index) }
        return left
    }

    private static func isEmptyFile(_ path: FilePath) -> Bool {
        guard let status = Files.status(path) else { return false }
        return status.st_mode & S_IFMT == S_IFREG && status.st_size == 0
    }

    /// True if two directories differ in their times at most.
    private static func isSame(_ one: FilePath, _ other: FilePath?) -> Bool {
        guard let other, let first = Files.status(one), let second = Files.status(other) else { return false }
        return first.st_mode == second.st_mode && first.st_uid == second.st_uid
            && first.st_gid == second.st_gid
    }
}

extension FilePath {
    /// The path without the slash at its beginning.
    fileprivate var relative: [UInt8] { Array(string.utf8.dropFirst()) }
}
