internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage
internal import Tree

/// Sets what an archive says about a file besides its content, in the only order that works: chown clears
/// setuid and capabilities, and everything changes times.
enum FileMetadata {
    /// What stays off a directory until it is full: files made in it would inherit it.
    static let defaultACL = "system.posix_acl_default"

    /// Of an open file or directory: all but its times, and of a directory all but its default ACL.
    static func apply(_ entry: TarEntry, to file: Int32) throws(SystemCallError) {
        try systemCall("fchown") { fchown(file, entry.owner, entry.group) }
        try systemCall("fchmod") { fchmod(file, entry.mode) }
        for attribute in entry.attributes where attribute.isKept && attribute.name != defaultACL {
            try set(attribute, on: file)
        }
    }

    /// Sets an attribute; one that this kernel or file system cannot hold is left out.
    static func set(_ attribute: ExtendedAttribute, on file: Int32) throws(SystemCallError) {
        do throws(SystemCallError) {
            try systemCall("fsetxattr", attribute.name) {
                fsetxattr(file, attribute.name, attribute.value, attribute.value.count, 0)
            }
        } catch  where attribute.cannotBeKept(error.errno) {}
    }

    static func setTimes(_ time: TarTime, of file: Int32) throws(SystemCallError) {
        try systemCall("futimens") { futimens(file, time.pair) }
    }

    /// Of something that is not opened: a link, a device, a pipe, with its times.
    static func apply(
        _ entry: TarEntry, to name: ArraySlice<UInt8>, in directory: Int32
    ) throws(SystemCallError) {
        try systemCall("fchownat") {
            name.withFileName { fchownat(directory, $0, entry.owner, entry.group, AT_SYMLINK_NOFOLLOW) }
        }
        if case .symbolicLink = entry.kind {
        } else {
            try systemCall("fchmodat") { name.withFileName { fchmodat(directory, $0, entry.mode, 0) } }
        }
        for attribute in entry.attributes where attribute.isKept {
            // There is no setxattrat(2) before Linux 6.13; the descriptor's own directory is no detour.
            let path = Array("/proc/self/fd/\(directory)/".utf8) + name
            do throws(SystemCallError) {
                try systemCall("lsetxattr", attribute.name) {
                    path.withFileName {
                        lsetxattr($0, attribute.name, attribute.value, attribute.value.count, 0)
                    }
                }
            } catch  where attribute.cannotBeKept(error.errno) {}
        }
        try systemCall("utimensat") {
            name.withFileName { utimensat(directory, $0, entry.modified.pair, AT_SYMLINK_NOFOLLOW) }
        }
    }

    /// Removes the attributes that a directory has from a lower layer and this one does not give it.
    static func removeAttributes(of file: Int32, keeping entry: TarEntry) throws(SystemCallError) {
        for name in try attributeNames(of: file) {
            let attribute = ExtendedAttribute(name: name, value: [])
            if attribute.isHostOnly || entry.attributes.contains(where: { $0.name == name }) { continue }
            try systemCall("fremovexattr", name) { fremovexattr(file, name) }
        }
    }

    static func attributeNames(of file: Int32) throws(SystemCallError) -> [String] {
        // XATTR_LIST_MAX and XATTR_SIZE_MAX of linux/limits.h: no list and no value is larger than 64 KiB.
        var list = [CChar](repeating: 0, count: 1 << 16)
        let count = try systemCall("flistxattr") { flistxattr(file, &list, list.count) }
        return list[..<count].split(separator: 0).map { String(fileName: $0.map(UInt8.init(bitPattern:))) }
    }
}

extension ExtendedAttribute {
    /// True if a layer gets it: not what is the host's, nor what no file system of this one has (`com.apple.`…).
    package var isKept: Bool { !isHostOnly && ExtendedAttributes.isPortable(name) }

    /// True if setting it failed because of what it is: this file system or kernel has none of the kind, takes no such
    /// value, or (EPERM) keeps those of users for files and directories (xattr(7)).
    fileprivate func cannotBeKept(_ reason: Errno) -> Bool {
        [EOPNOTSUPP, EINVAL].contains(reason.rawValue) || reason.rawValue == EPERM && name.hasPrefix("user.")
    }
}

extension TarTime {
    /// Access and modification time for utimensat(2).
    var pair: [timespec] {
        let time = timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds))
        return [time, time]
    }
}
