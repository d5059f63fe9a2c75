internal import Host
internal import Mount
internal import Runtime
internal import SystemPackage

extension InitMessage {
    /// What init is told of a container, but how far it is shut in.
    init(for spec: ContainerSpec, id: String, at mountPoint: FilePath, plan: MountPlan) throws {
        var process = ProcessSpec(arguments: spec.arguments)
        process.environment = ContainerEnvironment.complete(spec.environment, id: id)
        process.workingDirectory = FilePath(spec.workingDirectory)
        process.user = spec.user
        process.groups = spec.groups
        process.terminal = spec.terminal
        process.standardInput = spec.interactive
        process.limits = spec.processLimits
        process.oomScoreAdjustment = spec.oomScoreAdjustment
        let hasOwnName = spec.namespaces.uts == .own
        var root = RootSpec(
            plan: plan, mountPoint: mountPoint, hostname: hasOwnName ? spec.hostname ?? id : nil)
        root.ownsUsers = spec.users != nil
        root.isUnprivileged = root.ownsUsers || ProcessRights.areLimited
        root.domainName = spec.domainName
        root.readOnly = spec.readOnly
        root.files = try NetworkFiles.all(for: spec, id: id)
        root.sharedMemory = spec.sharedMemory
        root.kernelSettings = spec.kernelSettings
        self.init(root: root, process: process, reaper: spec.reaper)
    }
}
