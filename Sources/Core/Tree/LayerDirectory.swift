package import CLinux
internal import Glibc
package import Host
package import SystemPackage

/// A directory tree that is only ever entered downwards: no `..`, no symbolic link, whoever made it.
///
/// Uses openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS where the kernel has it, and one openat(2) with
/// O_NOFOLLOW for each component where it has not (or a sandbox forbids it).
package final class LayerDirectory {
    package let root: Descriptor
    private var hasOpenAt2: Bool

    private static let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

    package init(_ path: FilePath, usingOpenAt2: Bool = true) throws(SystemCallError) {
        root = try Descriptor(path, Self.flags)
        hasOpenAt2 = usingOpenAt2
    }

    /// The tree of an open directory.
    package init(owning root: consuming Descriptor) {
        self.root = root
        hasOpenAt2 = true
    }

    /// Opens the directory at `path`.
    ///
    /// - Throws: ``SystemCallError``: ENOENT, or ENOTDIR or ELOOP if something else is in the way.
    package func open(_ path: LayerPath) throws(SystemCallError) -> Descriptor {
        if path.isRoot { return try Self.open([UInt8(ascii: ".")][...], in: root.rawValue) }
        if hasOpenAt2 {
            do throws(SystemCallError) {
                let number = path.bytes.withFileName { name in
                    retrying { clx_openat_beneath(root.rawValue, name, Self.flags) }
                }
                if number >= 0 { return Descriptor(owning: number) }
                throw SystemCallError("openat2", path.displayName)
            } catch  where error.errno == .noFunction || error.errno == .notPermitted {
                hasOpenAt2 = false
            }
        }
        let components = path.components
        var directory = try Self.open(components[0], in: root.rawValue)
        for component in components.dropFirst() {
            directory = try Self.open(component, in: directory.rawValue)
        }
        return directory
    }

    /// Opens the directory `name` in another one.
    package static func open(_ name: ArraySlice<UInt8>, in parent: Int32) throws(SystemCallError)
        -> Descriptor
    {
        let number = name.withFileName { name in retrying { clx_openat(parent, name, flags, 0) } }
        if number < 0 { throw SystemCallError("open", String(fileName: name)) }
        return Descriptor(owning: number)
    }

    /// The names in a directory without `.` and `..`, in no order.
    package static func names(in directory: Int32) throws(SystemCallError) -> [[UInt8]] {
        let copy = try open([UInt8(ascii: ".")][...], in: directory)
        guard let stream = fdopendir(copy.rawValue) else { throw SystemCallError("fdopendir") }
        // closedir(3) closes it.
        _ = copy.take()
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while true {
            Glibc.errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: UInt8.self, capacity: 256) { bytes in
                    Array(
                        UnsafeBufferPointer(
                            start: bytes,
                            count: strnlen(UnsafeRawPointer(bytes).assumingMemoryBound(to: CChar.self), 256)))
                }
            }
            if !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) { names.append(name) }
        }
        if cErrno != 0 { throw SystemCallError("readdir") }
        return names
    }

    /// What lstat(2) says about `name` in `directory`; nil if there is none.
    package static func status(_ name: some Collection<UInt8>, in directory: Int32) throws(SystemCallError)
        -> stat?
    {
        var status = stat()
        if name.withFileName({ fstatat(directory, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 { return status }
        if Errno.current == .noSuchFileOrDirectory { return nil }
        throw SystemCallError("fstatat", String(fileName: name))
    }

    /// Removes `name`, with everything below if it is a directory.
    package static func remove(_ name: some Collection<UInt8>, in directory: Int32) throws(SystemCallError) {
        let name = Array(name)
        if name.withFileName({ unlinkat(directory, $0, 0) }) == 0 { return }
        guard Errno.current == .isDirectory else { throw SystemCallError("unlink", String(fileName: name)) }
        do {
            let child = try open(name[...], in: directory)
            for entry in try names(in: child.rawValue) { try remove(entry, in: child.rawValue) }
        }
        if name.withFileName({ unlinkat(directory, $0, AT_REMOVEDIR) }) != 0 {
            throw SystemCallError("rmdir", String(fileName: name))
        }
    }
}

/// Repeats a call as long as a signal interrupts it.
private func retrying(_ call: () -> Int32) -> Int32 {
    while true {
        let result = call()
        if result != -1 || cErrno != EINTR { return result }
    }
}

extension stat {
    /// The file type bits of st_mode.
    package var type: mode_t { st_mode & S_IFMT }

    package var isDirectory: Bool { type == S_IFDIR }
}
