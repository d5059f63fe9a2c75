internal import CLinux
internal import Glibc
internal import Host
internal import Layers
internal import SystemPackage
internal import Tree

/// A directory that holds what a tar archive would.
final class DirectoryImageArchive: ImageArchive {
    private let directory: LayerDirectory
    private let staging: BlobStaging
    private var staged: [LayerPath: StagedBlob] = [:]

    init(_ path: FilePath, staging: BlobStaging) throws {
        directory = try LayerDirectory(path)
        self.staging = staging
    }

    func member(at path: LayerPath) throws -> ArchiveMember? {
        guard !path.isRoot, let parent = try open(path.parent),
            let status = try LayerDirectory.status(path.name, in: parent.rawValue)
        else { return nil }
        if status.type == S_IFREG { return .file(size: Int64(status.st_size)) }
        guard status.type == S_IFLNK else { return nil }
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let number = parent.rawValue
        let count = try systemCall("readlink", path.displayName) {
            path.name.withFileName { readlinkat(number, $0, &target, target.count) }
        }
        return .link(target: target[..<count].map(UInt8.init(bitPattern:)))
    }

    func stage(_ path: LayerPath) throws -> StagedBlob {
        if let known = staged[path] { return known }
        let parent = try directory.open(path.parent)
        let number = parent.rawValue
        let file = Descriptor(
            owning: try systemCall("open", path.displayName) {
                path.name.withFileName {
                    clx_openat(number, $0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0)
                }
            })
        let blob = try staging.newBlob()
        try blob.write(all: FileSource(file.rawValue))
        let result = try blob.finish()
        staged[path] = result
        return result
    }

    /// A directory below; nil if there is none, or something else.
    private func open(_ path: LayerPath) throws -> Descriptor? {
        do { return try directory.open(path) } catch {
            let none: [Errno] = [.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels]
            guard none.contains(error.errno) else { throw error }
            return nil
        }
    }
}
