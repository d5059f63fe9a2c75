import Glibc

/// What the machine looks like from outside of any container.
enum Machine {
    /// The names in a directory, sorted; none if there is no such directory.
    static func list(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// A file's bytes; nil if it cannot be read.
    static func bytes(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &buffer, buffer.count)
            guard count >= 0 else { return nil }
            if count == 0 { return result }
            result += buffer[..<count]
        }
    }

    /// A file's text without the end of its last line; nil if it cannot be read.
    static func text(_ path: String) -> String? {
        bytes(path).map { bytes in
            String(decoding: bytes.last == 10 ? bytes.dropLast() : bytes[...], as: UTF8.self)
        }
    }

    /// What a symbolic link says; nil if there is none.
    static func link(_ path: String) -> String? {
        var target = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &target, target.count)
        guard count >= 0 else { return nil }
        return String(decoding: target.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Makes a file with this text.
    static func write(_ path: String, _ text: String) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { return }
        defer { close(file) }
        _ = Array(text.utf8).withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// The lines of mountinfo that name something below `path`.
    static func mounts(below path: String) -> [String] {
        let table = text("/proc/self/mountinfo") ?? ""
        return table.split(separator: "\n").map(String.init).filter { $0.contains(path) }
    }

    /// Every cgroup of these containers, in any hierarchy.
    static func cgroups(of ids: [String], below parent: String = "mydocker") -> [String] {
        hierarchies.flatMap { hierarchy in ids.map { "\(hierarchy)/\(parent)/\($0)" } }.filter(exists)
    }

    /// Removes a cgroup and those above it, in any hierarchy, as far as nobody is in them.
    static func removeCgroups(_ path: String) {
        for hierarchy in hierarchies {
            var parts = path.split(separator: "/")
            while !parts.isEmpty {
                rmdir("\(hierarchy)/\(parts.joined(separator: "/"))")
                parts.removeLast()
            }
        }
    }

    private static var hierarchies: [String] {
        let table = text("/proc/self/mountinfo") ?? ""
        return table.split(separator: "\n").compactMap { line -> String? in
            let words = line.split(separator: " ")
            guard let dash = words.firstIndex(of: "-"), words[dash + 1].hasPrefix("cgroup") else {
                return nil
            }
            return String(words[4])
        }
    }

    /// True if cgroup v2 has the memory controller: a host may leave it to the first version.
    static var memoryIsUnified: Bool {
        hierarchies.contains { text("\($0)/cgroup.controllers")?.contains("memory") == true }
    }

    /// The other processes whose command line or environment mentions `text`: mydocker itself.
    ///
    /// A container's own processes need not mention it; that they are gone is seen by their cgroup, which
    /// cannot be removed before.
    static func processes(mentioning text: String) -> [String] {
        let wanted = Array(text.utf8)
        return list("/proc").filter { pid_t($0) != nil && pid_t($0) != getpid() }.filter { pid in
            ["cmdline", "environ"].contains { (bytes("/proc/\(pid)/\($0)") ?? []).contains(wanted) }
        }
    }
}

/// A line for each file of a tree: name, mode, owner, size, time, link target, content.
///
/// Two trees with the same lines are the same to any program.
func describeTree(_ path: String) -> [String] {
    var status = stat()
    guard lstat(path, &status) == 0 else { return ["\(path): missing"] }
    let time = "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    var line = "\(path) \(status.st_mode) \(status.st_uid):\(status.st_gid) \(status.st_rdev) \(time)"
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
        return [line] + Machine.list(path).flatMap { describeTree("\(path)/\($0)") }
    case S_IFREG:
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in Machine.bytes(path) ?? [] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        line += " \(status.st_size) \(status.st_nlink) \(hash)"
    case S_IFLNK:
        line += " \(Machine.link(path) ?? "")"
    default: break
    }
    return [line]
}
