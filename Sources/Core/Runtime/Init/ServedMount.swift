internal import Glibc
package import Host
package import Mount
package import SystemPackage

/// A container's plan, as its init executes it: what a container's own process cannot do is done before.
///
/// What has to be served by a program is mounted, as that program must not be in the container; and so is the root of a
/// container with a user namespace of its own, as no mount is its own root's to make. As long as this value lives the mount
/// does; then it is the container's alone, and the program ends with it.
package struct ServedMount: ~Copyable {
    /// What is left to be done in the container.
    package let plan: MountPlan
    /// Whether a program serves it.
    package let isServed: Bool
    /// The mount namespace that the container's process has to be born in, open; nil for the caller's.
    private let mounts: Int32?
    private let namespace: Descriptor?
    private let tree: Descriptor?

    /// Executes a plan that needs a program to serve a mount; leaves others as they are.
    ///
    /// - Throws: what the plan's execution throws.
    package init(_ plan: MountPlan, at target: FilePath) throws {
        isServed = plan.isServed
        mounts = nil
        namespace = nil
        guard isServed else {
            self.plan = plan
            tree = nil
            return
        }
        let tree = Descriptor(
            owning: try PrivateMountNamespace.runLeavingServers {
                try plan.execute()
                return try Mounting.take(target).take()
            })
        self.plan = MountPlan([.attach(descriptor: tree.rawValue, target: target)])
        self.tree = consume tree
    }

    /// Executes a plan for a container whose users are others outside.
    ///
    /// The kernel lets a mount namespace that is copied for a user namespace change nothing of its mounts that takes a
    /// right back (mount_namespaces(7), "Restrictions on mount namespaces"). So the root opens no devices, whatever its
    /// image has.
    ///
    /// - Parameter directories: what else is its users' as the root is: volumes.
    /// - Throws: ``MountError``, ``SystemCallError``, and what else the plan's execution throws.
    package init(_ plan: MountPlan, at target: FilePath, for users: IDMap, covering directories: [FilePath])
        throws
    {
        isServed = plan.isServed
        let mapped = try UserNamespace.make(users)
        let mapping = users.mapping(mapped)
        let namespace = Descriptor(
            owning: try PrivateMountNamespace.runLeavingServers {
                try plan.execute(at: target, mapping: mapping, besides: directories)
                try Mounting.restrict(target, noDevices: true)
                return try Descriptor("/proc/thread-self/ns/mnt", O_RDONLY).take()
            })
        _ = consume mapped
        mounts = namespace.rawValue
        self.namespace = consume namespace
        // What is inherited with all other mounts cannot be made the root as it is.
        self.plan = MountPlan([.bind(source: target, target: target, readOnly: false)])
        tree = nil
    }
}

extension ServedMount {
    /// Has a process be born where the mount is, with a user namespace of its own.
    package borrowing func give(
        _ users: IDMap, to namespaces: inout ProcessNamespaces
    ) throws(SystemCallError) {
        if let mounts { try namespaces.own(users, mounts: mounts) }
    }
}

extension MountPlan {
    fileprivate var isServed: Bool {
        steps.contains { if case .serve = $0 { true } else { false } }
    }

    /// The descriptors that the plan needs in the process that executes it.
    var attached: [Int32] {
        steps.compactMap { if case .attach(let descriptor, _) = $0 { descriptor } else { nil } }
    }
}
