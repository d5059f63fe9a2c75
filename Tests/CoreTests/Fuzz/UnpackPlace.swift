import CLinux
import Glibc
import SystemPackage

@testable import DriverKit
@testable import Host
@testable import Layers
@testable import Tree

/// A directory to unpack into, with one next to it that nobody may touch; on tmpfs if there is one, since every
/// case makes and removes a tree.
final class UnpackPlace {
    private let temporary: TemporaryDirectory
    private let before: [String: String]
    let root: FilePath
    /// For a layer on the one in `root`.
    let upper: FilePath
    let canary: FilePath

    init() throws {
        temporary = try TemporaryDirectory(in: Files.exists("/dev/shm") ? "/dev/shm" : "/tmp")
        root = try temporary.directory("root")
        upper = try temporary.directory("upper")
        canary = try temporary.directory("canary")
        try temporary.write("canary/secret", "secret")
        _ = try temporary.directory("canary/a")
        try temporary.write("canary/a/b", "b")
        before = try Self.state(temporary.path)
    }

    /// Empties the directory.
    func renew() throws {
        for name in ["root", "upper"] {
            try TreeRemoval.remove(temporary.path.appending(name))
            _ = try temporary.directory(name)
        }
    }

    /// Throws if anything outside was touched, or if there are marks in the directory that `format` does not have.
    func check(_ format: DeletionFormat) throws {
        let after = try Self.state(temporary.path)
        try FuzzFailure.check(after == before, "touched outside: \(before) became \(after)")
        try check(root, format)
        try check(upper, format)
    }

    /// Everything about the files outside that changes with them: links, owners, attributes and content all
    /// change st_ctime (inode(7)).
    private static func state(_ top: FilePath) throws -> [String: String] {
        var result: [String: String] = [:]
        let canary = top.appending("canary")
        for path in [
            canary, canary.appending("secret"), canary.appending("a"), canary.appending("a/b"), "/etc/passwd",
        ] {
            guard let status = try status(path)?.raw else { continue }
            let time = status.st_ctim
            result[path.string] =
                "\(status.st_ino) \(status.st_mode) \(status.st_nlink) \(time.tv_sec).\(time.tv_nsec)"
        }
        result["names"] = try (Files.list(top) + Files.list(canary)).sorted().joined(separator: " ")
        return result
    }

    private func check(_ directory: FilePath, _ format: DeletionFormat) throws {
        try checkMarks(of: directory, format, isDirectory: true)
        let handle = try Descriptor(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        for name in try LayerDirectory.names(in: handle.rawValue) {
            // By bytes: names need not be UTF-8.
            let path = directory.withPlatformString { parent in
                let bytes = UnsafeBufferPointer(start: parent, count: strlen(parent))
                return FilePath(platformString: bytes + [47] + name.map(CChar.init(bitPattern:)) + [0])
            }
            guard let status = try LayerDirectory.status(name, in: handle.rawValue) else {
                throw FuzzFailure("\(path) cannot be read")
            }
            // Left only where unpacking was given up.
            if name == LayerAction.asideName, [root, upper].contains(directory) { continue }
            let isMark = name.starts(with: Whiteout.prefix)
            if format == .prefix {
                let isFile = status.type == S_IFREG && status.st_size == 0
                let isReserved = name.starts(with: ".wh..wh.".utf8) && name != Whiteout.opaqueName
                try FuzzFailure.check(!isMark || (isFile && !isReserved), "a forged mark: \(path)")
            } else {
                try FuzzFailure.check(!isMark, "a mark in the wrong form: \(path)")
            }
            if case .device = format {
            } else {
                try FuzzFailure.check(!status.isWhiteoutDevice, "a device 0:0: \(path)")
            }
            try FuzzFailure.check(status.st_uid != .max && status.st_gid != .max, "an owner of -1: \(path)")
            if status.isDirectory {
                try check(path, format)
            } else {
                try checkMarks(of: path, format, isDirectory: false)
            }
        }
    }

    /// In a layer that carries marks as attributes, the opaque mark of a directory is the only one.
    private func checkMarks(of path: FilePath, _ format: DeletionFormat, isDirectory: Bool) throws {
        guard case .device(let opaque) = format else { return }
        var names = [CChar](repeating: 0, count: 1 << 16)
        let count = path.withPlatformString { llistxattr($0, &names, names.count) }
        if count < 0 { return }
        for name in names[..<count].split(separator: 0).map({
            String(fileName: $0.map(UInt8.init(bitPattern:)))
        }) {
            guard name.contains(".overlay.") else { continue }
            try FuzzFailure.check(isDirectory && name == opaque, "a forged mark: \(name) of \(path)")
        }
    }
}
