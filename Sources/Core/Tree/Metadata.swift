package import CLinux
internal import Glibc
package import Host
internal import SystemPackage

/// What there is to a file besides its content and names.
///
/// The order is the only one that works: chown(2) clears setuid, setgid and capabilities, an ACL comes after the
/// mode whose group bits it takes over as its mask (acl(5)), and everything else changes times.
package enum Metadata {
    /// Gives an open file or directory what `status` says, and the attributes of the open `source`, but those whose
    /// names begin with `prefix`.
    package static func apply(
        _ status: stat, from source: Int32, to copy: Int32, except prefix: String? = nil
    ) throws(SystemCallError) {
        try systemCall("chown") { fchown(copy, status.st_uid, status.st_gid) }
        try systemCall("chmod") { fchmod(copy, status.st_mode & permissions) }
        try ExtendedAttributes.copy(from: .file(source), to: .file(copy), except: prefix)
        try systemCall("utimens") { futimens(copy, [status.st_atim, status.st_mtim]) }
    }

    /// Makes a symbolic link, pipe, socket or device in the directory `to` like the one in the directory `from`.
    package static func makeNode(
        _ name: EntryName, _ status: stat, from: Int32, to: Int32
    ) throws(SystemCallError) {
        let name = name.bytes
        let isLink = status.type == S_IFLNK
        if isLink {
            let target = try linkTarget(name, in: from)
            try systemCall("symlink") { symlinkat(target, to, name) }
        } else {
            try systemCall("mknod") { mknodat(to, name, status.type | 0o600, status.st_rdev) }
        }
        try systemCall("chown") { fchownat(to, name, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) }
        if !isLink {
            try systemCall("chmod") {
                fchmodat(to, name, status.st_mode & permissions, AT_SYMLINK_NOFOLLOW)
            }
        }
        try ExtendedAttributes.copy(from: .entry(name, in: from), to: .entry(name, in: to))
        try systemCall("utimens") {
            utimensat(to, name, [status.st_atim, status.st_mtim], AT_SYMLINK_NOFOLLOW)
        }
    }

    /// ALLPERMS of sys/stat.h, a macro.
    private static let permissions: mode_t = 0o7777

    static func linkTarget(
        _ name: [CChar], in directory: Int32
    ) throws(SystemCallError) -> [CChar] {
        // symlink(2): a target has less than PATH_MAX bytes.
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let size = target.count
        let length = try systemCall("readlink") { readlinkat(directory, name, &target, size) }
        guard length < size else { throw SystemCallError("readlink", errno: .fileNameTooLong) }
        return Array(target[..<length]) + [0]
    }
}
