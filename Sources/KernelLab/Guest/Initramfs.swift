internal import Core
internal import Glibc
internal import SystemPackage

/// The first file system of a booted kernel: an archive in the "newc" form of cpio (initramfs-buffer-format.rst in
/// the kernel's documentation).
struct Initramfs {
    private(set) var bytes: [UInt8] = []
    private var names: Set<String> = []
    private var count = 0

    /// Adds a directory, and those above it, unless they are there.
    mutating func addDirectory(_ path: String) {
        if path.isEmpty || names.contains(path) { return }
        addDirectory(path.split(separator: "/").dropLast().joined(separator: "/"))
        add(path, mode: UInt32(S_IFDIR) | 0o755, [])
    }

    /// Adds a file with this content.
    mutating func addFile(_ path: String, _ content: [UInt8], mode: UInt32 = 0o644) {
        if names.contains(path) { return }
        addDirectory(path.split(separator: "/").dropLast().joined(separator: "/"))
        add(path, mode: UInt32(S_IFREG) | mode, content)
    }

    /// Adds a file of this machine, wherever links lead.
    ///
    /// - Throws: ``SystemCallError``.
    mutating func addFile(_ path: String, from file: FilePath, mode: UInt32 = 0o755) throws {
        addFile(
            path, try Descriptor(file, O_RDONLY).readAll(limit: 1 << 30, subject: file.string), mode: mode)
    }

    /// Ends the archive.
    mutating func finish() {
        add("TRAILER!!!", mode: 0, [])
    }

    private mutating func add(_ path: String, mode: UInt32, _ content: [UInt8]) {
        names.insert(path)
        count += 1
        let name = Array(path.utf8) + [0]
        // inode, mode, uid, gid, links, time, size, device and rdevice numbers, name size, checksum.
        let fields = [count, Int(mode), 0, 0, 1, 0, content.count, 0, 0, 0, 0, name.count, 0]
        bytes += Array("070701".utf8)
        for field in fields {
            let digits = String(field, radix: 16, uppercase: true)
            bytes += Array((String(repeating: "0", count: 8 - digits.count) + digits).utf8)
        }
        bytes += name
        pad()
        bytes += content
        pad()
    }

    private mutating func pad() {
        while bytes.count % 4 != 0 { bytes.append(0) }
    }
}
