internal import CLinux
internal import Glibc
package import Host
internal import SystemPackage

/// Extended attributes (xattr(7)) of all namespaces.
package enum ExtendedAttributes {
    /// What has attributes.
    package enum Place {
        /// An open file or directory.
        case file(Int32)
        /// Something in a directory that cannot be opened for it: a symbolic link, pipe, socket or device.
        case entry([CChar], in: Int32)

        /// For the calls that take a path.
        ///
        /// There is no setxattrat(2) before Linux 6.13. A descriptor's own directory is no detour, and the last
        /// name is not followed.
        fileprivate var path: [CChar]? {
            switch self {
            case .file: nil
            case .entry(let name, let directory):
                "/proc/self/fd/\(directory)/".utf8.map(CChar.init(bitPattern:)) + name
            }
        }

        fileprivate var number: Int32 {
            switch self {
            case .file(let number): number
            case .entry: -1
            }
        }
    }

    /// XATTR_LIST_MAX and XATTR_SIZE_MAX of linux/limits.h: the most that the kernel returns.
    private static let limit = 1 << 16

    /// The namespaces that every file system is expected to keep; what is in others is specific to one.
    private static let portable = [
        "user.", "trusted.", "security.", "system.posix_acl_access", "system.posix_acl_default",
    ]

    /// True for an attribute that every file system is expected to keep.
    package static func isPortable(_ name: String) -> Bool {
        portable.contains { name.hasPrefix($0) && (name != $0 || name.hasPrefix("system.")) }
    }

    /// Gives `copy` all attributes that `source` has, except those whose names begin with `prefix`.
    ///
    /// - Throws: ``SystemCallError`` that names the attribute.
    static func copy(
        from source: Place, to copy: Place, except prefix: String? = nil
    ) throws(SystemCallError) {
        for name in try names(of: source) where !(prefix.map { text(name).hasPrefix($0) } ?? false) {
            guard let value = try value(of: name, at: source) else { continue }
            do throws(SystemCallError) {
                try set(name, value, at: copy)
            } catch {
                if portable.contains(where: { text(name).hasPrefix($0) }) { throw error }
            }
        }
    }

    /// The attributes that every file system is expected to keep, but those of the host's security policy, sorted
    /// by their names: what belongs into archives and comparisons.
    package static func portable(at place: Place) throws(SystemCallError) -> [ExtendedAttribute] {
        var result: [ExtendedAttribute] = []
        for name in try names(of: place) {
            let text = text(name)
            guard portable.contains(where: { text.hasPrefix($0) }), let value = try value(of: name, at: place)
            else { continue }
            let attribute = ExtendedAttribute(name: text, value: value)
            if !attribute.isHostOnly { result.append(attribute) }
        }
        return result.sorted { $0.name < $1.name }
    }

    /// All of them that every file system is expected to keep.
    static func all(at place: Place) throws(SystemCallError) -> [(name: String, value: [UInt8])] {
        var result: [(name: String, value: [UInt8])] = []
        for name in try names(of: place) {
            let text = text(name)
            if isPortable(text), let value = try value(of: name, at: place) { result.append((text, value)) }
        }
        return result
    }

    /// The value of one attribute; nil if there is none, or the file system has no attributes.
    package static func value(of name: String, at place: Place) throws(SystemCallError) -> [UInt8]? {
        do throws(SystemCallError) {
            return try value(of: Array(name.utf8CString), at: place)
        } catch  where error.errno.rawValue == EOPNOTSUPP {
            return nil
        }
    }

    /// Takes the ACLs from an open directory, so that what is made in it does not inherit any.
    static func removeAccessLists(of directory: Int32) throws(SystemCallError) {
        for name in ["system.posix_acl_access", "system.posix_acl_default"] {
            do throws(SystemCallError) {
                try systemCall("removexattr", name) { fremovexattr(directory, name) }
            } catch {
                guard [ENODATA, EOPNOTSUPP].contains(error.errno.rawValue) else { throw error }
            }
        }
    }

    private static func text(_ name: [CChar]) -> String {
        String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The names, each with a zero at its end.
    private static func names(of place: Place) throws(SystemCallError) -> [[CChar]] {
        let path = place.path
        func list(_ buffer: UnsafeMutablePointer<CChar>?, _ size: Int) throws(SystemCallError) -> Int {
            do throws(SystemCallError) {
                return try systemCall("listxattr") {
                    if let path {
                        llistxattr(path, buffer, size)
                    } else {
                        flistxattr(place.number, buffer, size)
                    }
                }
            } catch  where error.errno.rawValue == EOPNOTSUPP {
                return 0
            }
        }
        // Most files have none.
        if try list(nil, 0) == 0 { return [] }
        var buffer = [CChar](repeating: 0, count: limit)
        let length = try list(&buffer, limit)
        return buffer[..<length].split(separator: 0).map { Array($0) + [0] }
    }

    /// The value of an attribute; nil if it is gone meanwhile.
    private static func value(of name: [CChar], at place: Place) throws(SystemCallError) -> [UInt8]? {
        let path = place.path
        var value = [UInt8](repeating: 0, count: limit)
        do throws(SystemCallError) {
            let length = try systemCall("getxattr", text(name)) {
                if let path {
                    lgetxattr(path, name, &value, limit)
                } else {
                    fgetxattr(place.number, name, &value, limit)
                }
            }
            return Array(value[..<length])
        } catch {
            if error.errno.rawValue == ENODATA { return nil }
            // Capabilities that the kernel cannot read are none to it either; a union may leave such after chown(2).
            if error.errno.rawValue == EINVAL, text(name) == "security.capability" { return nil }
            throw error
        }
    }

    private static func set(_ name: [CChar], _ value: [UInt8], at place: Place) throws(SystemCallError) {
        let path = place.path
        try systemCall("setxattr", text(name)) {
            if let path {
                lsetxattr(path, name, value, value.count, 0)
            } else {
                fsetxattr(place.number, name, value, value.count, 0)
            }
        }
    }
}
