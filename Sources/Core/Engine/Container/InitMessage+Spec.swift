internal import Host
internal import Mount
internal import Runtime
internal import SystemPackage

extension InitMessage {
    /// What init is told of a container, but how far it is shut in.
    init(for spec: ContainerSpec, id: String, at mountPoint: FilePath, plan: MountPlan) throws {
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
        self.init(root: root, process: spec.process(spec.arguments, id: id), reaper: spec.reaper)
    }
}

extension ContainerSpec {
    /// A process of a container as the container's own command is, but how far it is shut in.
    func process(_ arguments: [[UInt8]], id: String) -> ProcessSpec {
        var process = ProcessSpec(arguments: arguments)
        process.environment = ContainerEnvironment.complete(environment, id: id)
        process.workingDirectory = FilePath(workingDirectory)
        process.user = user
        process.groups = groups
        process.terminal = terminal
        process.standardInput = interactive
        process.limits = processLimits
        process.oomScoreAdjustment = oomScoreAdjustment
        return process
    }
}
