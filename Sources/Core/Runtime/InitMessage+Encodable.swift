internal import SystemPackage

extension InitMessage: Encodable {
    /// The arguments as text; bytes that are not UTF-8 are replaced.
    package var printableArguments: [String] { arguments.map { String(decoding: $0, as: UTF8.self) } }

    private enum CodingKeys: CodingKey {
        case arguments, environment, plan, root, readOnlyRoot, hostname, workingDirectory, user
        case terminal, standardInput, reaper, capabilities, filterInstructions, noNewPrivileges
        case restrictsKernelFileSystems, controlsDevices, devices
    }

    /// The message as `--dry-run` prints it.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(printableArguments, forKey: .arguments)
        try values.encode(environment.map { String(decoding: $0, as: UTF8.self) }, forKey: .environment)
        try values.encode(plan, forKey: .plan)
        try values.encode(root.string, forKey: .root)
        try values.encode(readOnlyRoot, forKey: .readOnlyRoot)
        try values.encode(hostname, forKey: .hostname)
        try values.encode(workingDirectory.string, forKey: .workingDirectory)
        try values.encode(user, forKey: .user)
        try values.encode(terminal, forKey: .terminal)
        try values.encode(standardInput, forKey: .standardInput)
        try values.encode(reaper, forKey: .reaper)
        try values.encode(isolation.capabilities.names, forKey: .capabilities)
        try values.encode(isolation.filter.count / 8, forKey: .filterInstructions)
        try values.encode(isolation.noNewPrivileges, forKey: .noNewPrivileges)
        try values.encode(isolation.restrictsKernelFileSystems, forKey: .restrictsKernelFileSystems)
        try values.encode(isolation.controlsDevices, forKey: .controlsDevices)
        try values.encode(isolation.devices.map(\.path.string), forKey: .devices)
    }
}
