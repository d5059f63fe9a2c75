internal import CLinux
internal import Glibc
internal import SystemPackage

/// A place in a directory tree: one open directory, from which one enters a subdirectory or goes back up.
///
/// It never follows a symbolic link, and holds one descriptor however deep it is: going up opens "..", and
/// finds out by device and inode number whether somebody has moved the directory meanwhile. So neither the
/// length of a path nor the depth of a tree is limited.
struct DirectoryCursor: ~Copyable {
    /// What a directory holds: a name and, where the file system tells it, the type (readdir(3)).
    struct Entry {
        let name: [UInt8]
        let type: UInt8
    }

    private var directory: Descriptor
    private var ancestors: [Identity] = []
    private var names: [[UInt8]] = []
    private let root: FilePath

    private struct Identity: Equatable {
        let device: dev_t
        let inode: ino_t
    }

    /// At the root of the tree at `path`, which may be a link to a directory only if `followingLink`.
    init(_ path: FilePath, followingLink: Bool = false) throws(SystemCallError) {
        root = path
        directory = try Descriptor(path, O_RDONLY | O_DIRECTORY | (followingLink ? 0 : O_NOFOLLOW))
    }

    /// The open directory's descriptor, valid until the cursor moves.
    var number: Int32 { directory.rawValue }

    /// How far below the root the cursor is.
    var depth: Int { ancestors.count }

    /// The directory's path, for messages.
    var path: FilePath { path(of: []) }

    /// The path of something in the directory, for messages.
    func path(of name: [UInt8]) -> FilePath {
        let rest = relativePath(of: name)
        return FilePath(bytes: Array(root.string.utf8) + (rest.isEmpty ? [] : [UInt8(ascii: "/")] + rest))
    }

    /// The path of something in the directory, from the root of the tree.
    func relativePath(of name: [UInt8]) -> [UInt8] {
        Array((names + (name.isEmpty ? [] : [name])).joined(separator: [UInt8(ascii: "/")]))
    }

    /// fstat(2) of the directory.
    func status() throws(SystemCallError) -> stat {
        var status = stat()
        let number = number
        try systemCall("fstat", path.string) { fstat(number, &status) }
        return status
    }

    /// fstatat(2) of something in the directory.
    func status(of name: [UInt8]) throws(SystemCallError) -> stat {
        var status = stat()
        let number = number
        try systemCall("stat", path(of: name).string) {
            name.withFileName { fstatat(number, $0, &status, AT_SYMLINK_NOFOLLOW) }
        }
        return status
    }

    /// Opens something in the directory, with O_NOFOLLOW.
    func open(_ name: [UInt8], _ flags: Int32, mode: UInt32 = 0) throws(SystemCallError) -> Descriptor {
        let number = number
        return Descriptor(
            owning: try systemCall("open", path(of: name).string) {
                name.withFileName { clx_openat(number, $0, flags | O_NOFOLLOW | O_CLOEXEC, mode) }
            })
    }

    /// Goes down into the subdirectory `name`.
    mutating func enter(_ name: [UInt8]) throws(SystemCallError) {
        let status = try status()
        directory = try open(name, O_RDONLY | O_DIRECTORY)
        ancestors.append(Identity(device: status.st_dev, inode: status.st_ino))
        names.append(name)
    }

    /// Goes back up.
    ///
    /// - Throws: ``SystemCallError``; ESTALE if the directory has been moved meanwhile.
    mutating func leave() throws(SystemCallError) {
        let upper = try open(Array("..".utf8), O_RDONLY | O_DIRECTORY)
        var status = stat()
        let number = upper.rawValue
        try systemCall("fstat", path.string) { fstat(number, &status) }
        guard ancestors.last == Identity(device: status.st_dev, inode: status.st_ino) else {
            throw SystemCallError("open", path.appending(".."), errno: .staleNFSFileHandle)
        }
        directory = upper
        ancestors.removeLast()
        names.removeLast()
    }

    /// What the directory holds, without "." and "..", in no order.
    func entries() throws(SystemCallError) -> [Entry] {
        // A descriptor of its own: closedir(3) closes it, and it has a position of its own.
        let copy = try open(Array(".".utf8), O_RDONLY | O_DIRECTORY).take()
        guard let stream = fdopendir(copy) else {
            close(copy)
            throw SystemCallError("fdopendir", path)
        }
        defer { closedir(stream) }
        var entries: [Entry] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: UInt8.self, capacity: 256) {
                    Array(UnsafeBufferPointer(start: $0, count: strlen($0)))
                }
            }
            if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { continue }
            entries.append(Entry(name: name, type: entry.pointee.d_type))
        }
        return entries
    }
}

/// strlen(3) of raw bytes.
private func strlen(_ bytes: UnsafePointer<UInt8>) -> Int {
    UnsafeRawPointer(bytes).withMemoryRebound(to: CChar.self, capacity: 256) { Glibc.strlen($0) }
}
