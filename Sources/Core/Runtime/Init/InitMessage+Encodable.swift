internal import SystemPackage

extension InitMessage: Encodable {
    /// The arguments as text; bytes that are not UTF-8 are replaced.
    package var printableArguments: [String] { process.printableArguments }

    private enum CodingKeys: CodingKey {
        case arguments, environment, plan, root, readOnlyRoot, hostname, workingDirectory, user
        case terminal, standardInput, reaper, capabilities, filterInstructions, noNewPrivileges
        case restrictsKernelFileSystems, controlsDevices, devices, groups, limits, oomScoreAdjustment
        case domainName, files, mounts, sharedMemory, kernelSettings, ownsUsers
    }

    /// The message as `--dry-run` prints it.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(printableArguments, forKey: .arguments)
        try values.encode(
            process.environment.map { String(decoding: $0, as: UTF8.self) }, forKey: .environment)
        try values.encode(root.plan, forKey: .plan)
        try values.encode(root.mountPoint.string, forKey: .root)
        try values.encode(root.readOnly, forKey: .readOnlyRoot)
        try values.encode(root.hostname, forKey: .hostname)
        try values.encode(process.workingDirectory.string, forKey: .workingDirectory)
        try values.encode(process.user, forKey: .user)
        try values.encode(process.terminal, forKey: .terminal)
        try values.encode(process.standardInput, forKey: .standardInput)
        try values.encode(reaper, forKey: .reaper)
        try values.encode(process.privileges.capabilities.names, forKey: .capabilities)
        try values.encode(process.privileges.filter.count / 8, forKey: .filterInstructions)
        try values.encode(process.privileges.noNewPrivileges, forKey: .noNewPrivileges)
        try values.encode(root.restrictsKernelFileSystems, forKey: .restrictsKernelFileSystems)
        try values.encode(root.controlsDevices, forKey: .controlsDevices)
        try values.encode(root.devices.map(\.path.string), forKey: .devices)
        try values.encode(process.groups, forKey: .groups)
        try values.encode(process.limits.map(\.text), forKey: .limits)
        try values.encodeIfPresent(process.oomScoreAdjustment, forKey: .oomScoreAdjustment)
        try values.encodeIfPresent(root.domainName, forKey: .domainName)
        try values.encode(root.files.map(\.path.string), forKey: .files)
        try values.encode(root.mounts, forKey: .mounts)
        try values.encode(root.sharedMemory, forKey: .sharedMemory)
        if root.ownsUsers { try values.encode(true, forKey: .ownsUsers) }
        try values.encode(root.kernelSettings.map { "\($0.name)=\($0.value)" }, forKey: .kernelSettings)
    }
}
