internal import CLinux
internal import DriverKit
internal import Glibc
internal import Host
internal import Layers
internal import Logging
internal import SystemPackage
internal import Tree

/// Copies a file or a tree from one root to another, by the rules of `docker cp`.
///
/// It travels as a tar archive through a pipe, so that both sides treat names, links and metadata as archives are
/// treated everywhere here: nothing leads out of the directory that is written to.
struct FileCopy: Sendable {
    /// Links at the end of the source's path are followed.
    var follows = false
    /// The owners at the source are kept; else everything belongs to `owner`.
    var keepsOwners = false
    /// Whom the copies belong to.
    var owner: (user: UInt32, group: UInt32) = (0, 0)
    let logger: Logger

    /// Copies `source` in `from` to `target` in `to`.
    func copy(_ source: CopyPath, in from: CopyRoot, to target: CopyPath, in to: CopyRoot) throws {
        let found = try Source.find(source, in: from, follows: follows)
        let place = try destination(target, in: to, for: found)
        let (first, writer) = try DescriptorPair.pipe().takeBoth()
        let reader = Descriptor(owning: first)
        let rename = place.name
        let (directory, logger) = (found.directory.rawValue, logger)
        let (isTree, name) = (found.isTree, found.name)
        let sending = try WorkerThread {
            let end = Descriptor(owning: writer)
            try Self.write(directory, isTree: isTree, name, as: rename, to: end.rawValue, from, logger)
        }
        let received = Result { try unpack(FileSource(reader.rawValue), into: place.directory, to) }
        // Who still writes must not wait for a reader that has given up.
        _ = consume reader
        let sent = Result { try sending.join() }
        if case .failure(let error as SystemCallError) = sent, error.errno == .brokenPipe {
            try received.get()
        }
        try sent.get()
        try received.get()
    }

    /// Writes `source` as an archive.
    func write(_ source: CopyPath, in from: CopyRoot, to output: Int32) throws {
        let found = try Source.find(source, in: from, follows: follows)
        let name = source.isContent ? [] : source.name
        try Self.write(
            found.directory.rawValue, isTree: found.isTree, found.name, as: name, to: output, from, logger)
    }

    /// Unpacks an archive, compressed as it may be, into the directory `target`.
    func unpack(from input: Int32, to target: CopyPath, in to: CopyRoot) throws {
        try unpack(Compression.sniff(FileSource(input)).content, into: to.openDirectory(target), to)
    }

    /// What is copied, found and open.
    private struct Source: ~Copyable {
        /// The tree, or the directory that the file is in.
        let directory: Descriptor
        let isTree: Bool
        let name: [UInt8]
        let path: CopyPath

        static func find(_ path: CopyPath, in root: CopyRoot, follows: Bool) throws -> Source {
            if path.isDirectory {
                let directory = try root.openDirectory(path)
                return Source(directory: directory, isTree: true, name: path.name, path: path)
            }
            let place = try root.find(path, follows: follows)
            guard let status = place.status else {
                throw CopyError.unreachable(
                    path: path.displayName, SystemCallError("lstat", errno: .noSuchFileOrDirectory))
            }
            let dot = [UInt8(ascii: ".")]
            let isTree = status.isDirectory || place.name == dot
            let directory = try LayerDirectory.open(
                (isTree ? place.name : dot)[...], in: place.parent.rawValue)
            return Source(directory: directory, isTree: isTree, name: place.name, path: path)
        }
    }

    private struct Destination: ~Copyable {
        let directory: Descriptor
        /// What the copy is called in it; empty if it becomes the directory itself.
        let name: [UInt8]
    }

    /// docker's rules: into a directory that exists, else under the name that is given.
    private func destination(
        _ target: CopyPath, in root: CopyRoot, for source: borrowing Source
    ) throws -> Destination {
        func into(_ directory: consuming Descriptor) -> Destination {
            let isContent = source.isTree && source.path.isContent
            return Destination(directory: directory, name: isContent ? [] : source.path.name)
        }
        if target.isDirectory {
            do { return into(try root.openDirectory(target)) } catch CopyError.unreachable(_, let error) {
                // A directory may be made by being copied; a file needs a place.
                guard error.errno == .noSuchFileOrDirectory, source.isTree else {
                    throw CopyError.notDirectory(path: target.displayName)
                }
            }
        }
        let place = try root.find(target, follows: true)
        if let status = place.status {
            if status.isDirectory || place.name == [UInt8(ascii: ".")] {
                return into(try LayerDirectory.open(place.name[...], in: place.parent.rawValue))
            }
            if source.isTree {
                throw CopyError.directoryToFile(
                    source: source.path.displayName, target: target.displayName)
            }
        }
        let parent = try LayerDirectory.open([UInt8(ascii: ".")][...], in: place.parent.rawValue)
        return Destination(directory: parent, name: place.name)
    }

    private static func write(
        _ directory: Int32, isTree: Bool, _ name: [UInt8], as newName: [UInt8], to output: Int32,
        _ root: CopyRoot, _ logger: Logger
    ) throws {
        let sink = BufferedOutput(output)
        let writer = TarWriter(sink.write)
        if root.users != nil { writer.owners = root.inside }
        let skip: ([UInt8]) -> Void = { path in
            logger.warning("\(String(fileName: path).printable) is left out: it is a socket")
        }
        if isTree {
            try TreeArchiver.write(
                FilePath("/proc/self/fd/\(directory)"), to: writer, for: .anything, below: LayerPath(newName),
                skip: skip)
        } else {
            let archiver = EntryArchiver(writer, for: .anything, skip: skip)
            guard let status = try LayerDirectory.status(name, in: directory) else {
                throw CopyError.unreachable(
                    path: String(fileName: name), SystemCallError("lstat", errno: .noSuchFileOrDirectory))
            }
            try archiver.write(LayerPath(name), in: directory, status, as: LayerPath(newName))
            try writer.finish()
        }
        try sink.flush()
    }

    private func unpack(
        _ source: some ByteSource, into directory: borrowing Descriptor, _ root: CopyRoot
    ) throws {
        let tree = LayerDirectory(
            owning: try LayerDirectory.open([UInt8(ascii: ".")][...], in: directory.rawValue))
        let reader = TarReader(source)
        let writer = LayerWriter(tree, format: .none, content: .files(owner: nil))
        try root.acting {
            while var entry = try reader.next() {
                if !keepsOwners { (entry.owner, entry.group) = owner }
                guard let outside = root.outside(entry.owner, entry.group) else {
                    throw CopyError.nobody(
                        name: entry.displayName, owner: entry.owner, group: entry.group)
                }
                (entry.owner, entry.group) = outside
                try writer.write(entry, from: reader)
            }
            try reader.drain()
            try writer.finish()
        }
    }
}
