import CLinux
import Glibc
import SystemPackage

@testable import Core

/// What can be seen of a file from outside, times included.
struct FileFacts: Equatable {
    var mode: UInt32
    var owner: UInt32
    var group: UInt32
    var size: Int
    var blocks: Int
    var links: UInt
    var device: UInt
    var modified: [Int]
    var attributes: [String: [UInt8]]
    var target: String?

    /// Of what is at `path`; a link is not followed.
    init(_ path: FilePath) throws {
        var status = stat()
        try systemCall("lstat", path) { lstat($0, &status) }
        mode = status.st_mode
        owner = status.st_uid
        group = status.st_gid
        let isDirectory = status.st_mode & S_IFMT == S_IFDIR
        size = isDirectory ? 0 : status.st_size
        blocks = isDirectory ? 0 : status.st_blocks
        links = isDirectory ? 0 : status.st_nlink
        device = status.st_rdev
        modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
        attributes = try Self.attributes(path)
        target = status.st_mode & S_IFMT == S_IFLNK ? try Files.readLink(path) : nil
    }

    private static func attributes(_ path: FilePath) throws -> [String: [UInt8]] {
        var names = [CChar](repeating: 0, count: 1 << 16)
        let count = try systemCall("llistxattr", path) { llistxattr($0, &names, names.count) }
        var result: [String: [UInt8]] = [:]
        for name in names[..<count].split(separator: 0) {
            let name = String(decoding: name.map(UInt8.init(bitPattern:)), as: UTF8.self)
            var value = [UInt8](repeating: 0, count: 1 << 16)
            let size = try systemCall("lgetxattr", path) { lgetxattr($0, name, &value, value.count) }
            result[name] = Array(value[..<size])
        }
        return result
    }
}
