internal import CLinux
internal import Glibc
package import Host
internal import SystemPackage

/// A copy of what is mounted somewhere, which is nowhere yet: it is unmounted when this value ends, unless it was attached
/// (open_tree(2) with OPEN_TREE_CLONE, Linux 5.2).
package struct MountTree: ~Copyable {
    private let root: Descriptor

    /// Its root directory, or the file that it is; after ``attach(to:)`` what is mounted there.
    package var rawValue: Int32 { root.rawValue }

    /// Who sees what is mounted below it, or is to be (mount_namespaces(7), shared subtrees).
    package enum Propagation: Int, Sendable {
        case isPrivate, isSlave, isShared
    }

    /// What a mount may be denied.
    package struct Denial: OptionSet, Sendable, Equatable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        /// Writing.
        package static let writing = Denial(rawValue: 1)
        /// That programs get another user or capabilities by being executed.
        package static let privileges = Denial(rawValue: 2)
        /// Opening devices.
        package static let devices = Denial(rawValue: 4)
        /// Executing programs.
        package static let programs = Denial(rawValue: 8)

        /// As mount_setattr(2) takes it.
        fileprivate var attributes: Int32 {
            let known: [(Denial, Int32)] = [
                (.writing, Int32(MOUNT_ATTR_RDONLY)), (.privileges, Int32(MOUNT_ATTR_NOSUID)),
                (.devices, Int32(MOUNT_ATTR_NODEV)), (.programs, Int32(MOUNT_ATTR_NOEXEC)),
            ]
            return known.reduce(0) { contains($1.0) ? $0 | $1.1 : $0 }
        }

        /// As mount(2) takes it.
        package var flags: Int {
            let known: [(Denial, Int)] = [
                (.writing, MS_RDONLY), (.privileges, MS_NOSUID), (.devices, MS_NODEV),
                (.programs, MS_NOEXEC),
            ]
            return known.reduce(0) { contains($1.0) ? $0 | $1.1 : $0 }
        }
    }

    /// A copy of the tree that the open `place` is in, from there on.
    ///
    /// - Parameter isRecursive: true to copy what is mounted below it too.
    /// - Throws: ``SystemCallError``: ENOSYS before Linux 5.2.
    package init(of place: borrowing Descriptor, recursive isRecursive: Bool) throws(SystemCallError) {
        let flags =
            UInt32(OPEN_TREE_CLONE) | UInt32(O_CLOEXEC) | UInt32(clx_AT_EMPTY_PATH)
            | (isRecursive ? UInt32(clx_AT_RECURSIVE) : 0)
        let number = place.rawValue
        root = Descriptor(owning: try systemCall("open_tree") { open_tree(number, "", flags) })
    }

    /// Takes over an open root that ``take()`` gave away.
    package init(owning root: Int32) { self.root = Descriptor(owning: root) }

    /// Gives the root away: the caller closes it from now on.
    package consuming func take() -> Int32 { root.take() }

    /// Takes rights away (mount_setattr(2), Linux 5.12).
    ///
    /// - Parameter isRecursive: true for what is mounted below it too.
    /// - Throws: ``SystemCallError``: ENOSYS where the kernel cannot.
    package borrowing func deny(_ denial: Denial, recursive isRecursive: Bool) throws(SystemCallError) {
        if denial.isEmpty { return }
        try change(recursive: isRecursive) { $0.attr_set = UInt64(denial.attributes) }
    }

    /// Decides who sees what is mounted below it.
    ///
    /// - Throws: ``SystemCallError``: ENOSYS where the kernel cannot.
    package borrowing func propagate(
        _ propagation: Propagation, recursive isRecursive: Bool
    ) throws(SystemCallError) {
        try change(recursive: isRecursive) { $0.propagation = UInt64(propagation.flag) }
    }

    private borrowing func change(
        recursive isRecursive: Bool, _ set: (inout mount_attr) -> Void
    ) throws(SystemCallError) {
        var attributes = mount_attr()
        set(&attributes)
        let flags = UInt32(clx_AT_EMPTY_PATH) | (isRecursive ? UInt32(clx_AT_RECURSIVE) : 0)
        let number = root.rawValue
        try systemCall("mount_setattr") {
            mount_setattr(number, "", flags, &attributes, MemoryLayout<mount_attr>.size)
        }
    }

    /// Mounts it on the open file or directory `target`: on that one, whatever its path leads to meanwhile.
    ///
    /// - Throws: ``SystemCallError``: ENOTDIR if one is a directory and the other is not.
    package borrowing func attach(to target: borrowing Descriptor) throws(SystemCallError) {
        let (from, to) = (root.rawValue, target.rawValue)
        try systemCall("move_mount") {
            move_mount(from, "", to, "", UInt32(MOVE_MOUNT_F_EMPTY_PATH) | UInt32(MOVE_MOUNT_T_EMPTY_PATH))
        }
    }
}

extension MountTree.Propagation {
    /// As mount(2) and mount_setattr(2) take it.
    package var flag: Int {
        switch self {
        case .isPrivate: MS_PRIVATE
        case .isSlave: MS_SLAVE
        case .isShared: MS_SHARED
        }
    }
}
