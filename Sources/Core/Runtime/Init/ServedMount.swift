internal import Glibc
internal import Host
package import Mount
package import SystemPackage

/// A container's plan, as its init executes it: what has to be served by a program is mounted before, as that program must
/// not be in the container.
///
/// As long as this value lives the mount does; then it is the container's alone, and the program ends with it.
package struct ServedMount: ~Copyable {
    /// What is left to be done in the container.
    package let plan: MountPlan
    private let tree: Descriptor?

    /// Whether a program serves it.
    package var isServed: Bool { tree != nil }

    /// Executes a plan that needs a program to serve a mount; leaves others as they are.
    ///
    /// - Throws: what the plan's execution throws.
    package init(_ plan: MountPlan, at target: FilePath) throws {
        let isServed = plan.steps.contains { if case .serve = $0 { true } else { false } }
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
}

extension MountPlan {
    /// The descriptors that the plan needs in the process that executes it.
    var attached: [Int32] {
        steps.compactMap { if case .attach(let descriptor, _) = $0 { descriptor } else { nil } }
    }
}
