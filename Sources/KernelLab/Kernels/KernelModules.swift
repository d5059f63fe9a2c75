internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// The modules that a kernel needs to try drivers: file systems, and the disks that it gets.
///
/// What a module needs is read out of its own file, so that a kernel package that was merely unpacked will do: the
/// table that depmod(8) makes is not there then.
struct KernelModules {
    private static let wanted = [
        "virtio_pci", "virtio_blk", "crc32c_generic", "ext4", "loop", "overlay", "aufs", "erofs", "btrfs",
        "xfs",
        "fuse",
    ]

    /// What a packed module is unpacked with, by how its name goes on after ".ko".
    private static let unpackers = [
        "": [], ".xz": ["xz", "-dc"], ".zst": ["zstd", "-dcq"], ".gz": ["gzip", "-dc"],
    ]

    private var paths: [String: FilePath] = [:]

    /// The modules in a directory and all below it.
    init(in directory: FilePath) {
        var pending = [directory]
        while let next = pending.popLast() {
            for name in (try? Files.list(next)) ?? [] {
                let path = next.appending(FilePath(name).components)
                if let end = name.ranges(of: ".ko").last,
                    Self.unpackers[String(name[end.upperBound...])] != nil
                {
                    paths[Self.plain(String(name[..<end.lowerBound]))] = path
                } else if Files.isDirectory(path), name != "build", name != "source" {
                    pending.append(path)
                }
            }
        }
    }

    /// The modules' contents in an order in which they can be loaded; none of what is built in or missing.
    func contents() -> [[UInt8]] {
        var (result, seen) = ([[UInt8]](), Set<String>())
        func add(_ module: String) {
            guard seen.insert(module).inserted, let path = paths[module], let bytes = Self.content(of: path)
            else {
                return
            }
            for other in Self.dependencies(in: bytes) { add(other) }
            result.append(bytes)
        }
        Self.wanted.forEach(add)
        return result
    }

    private static func content(of path: FilePath) -> [UInt8]? {
        let name = path.lastComponent?.string ?? ""
        let suffix = name.ranges(of: ".ko").last.map { String(name[$0.upperBound...]) } ?? ""
        guard let unpacker = unpackers[suffix], let program = unpacker.first else {
            return try? Descriptor(path, O_RDONLY).readAll(limit: 64 << 20, subject: path.string)
        }
        let outcome = try? Command(["/usr/bin/env", program] + unpacker.dropFirst() + [path.string]).output()
        return outcome?.status == 0 ? outcome?.bytes : nil
    }

    /// Dashes and underscores are the same (modprobe(8)).
    private static func plain(_ name: String) -> String { name.map { $0 == "-" ? "_" : String($0) }.joined() }

    /// What the section .modinfo says: "depends=jbd2,mbcache", between zero bytes; and what is used if it is there.
    private static func dependencies(in bytes: [UInt8]) -> [String] {
        return ["depends=", "softdep=pre: "].flatMap { key -> [String] in
            guard let value = value(of: Array(key.utf8), in: bytes) else { return [] }
            return value.split { $0 == "," || $0 == " " }.map { plain(String($0)) }
        }
    }

    private static func value(of key: [UInt8], in bytes: [UInt8]) -> String? {
        guard let first = key.first else { return nil }
        var start = bytes.startIndex
        while let found = bytes[start...].firstIndex(of: first) {
            if bytes[found...].starts(with: key) {
                return String(decoding: bytes[(found + key.count)...].prefix { $0 != 0 }, as: UTF8.self)
            }
            start = found + 1
        }
        return nil
    }
}
