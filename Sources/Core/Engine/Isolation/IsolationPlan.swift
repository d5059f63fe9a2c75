internal import Runtime
internal import Storage
internal import SystemPackage

/// What is needed for the isolation that was asked for: what init gets, and what is done outside.
struct IsolationPlan {
    var isolation = Isolation()
    /// Which devices the container may use; nil for all.
    var deviceRules: [DeviceRule]?
    /// True if the container may be able to mount cgroups.
    var mayMountCgroups = false
    /// What the user is told.
    var notice: String?

    /// - Parameter remembering: true to keep in the store what was compiled.
    /// - Throws: ``RunError/invalidOption(option:value:reason:)``; ``SystemCallError``.
    init(_ request: IsolationRequest, in store: Store, remembering: Bool) throws {
        var wanted: SeccompFilters.Wanted? = .standard
        for option in request.securityOptions { try apply(option, &wanted) }
        if request.privileged {
            isolation.capabilities = try CapabilitySet.own().intersection(.all)
            isolation.restrictsKernelFileSystems = false
            isolation.writableSystem = true
            isolation.controlsDevices = true
            isolation.devices = try DeviceNode.all()
            return
        }
        if !request.isStandard {
            isolation.capabilities = try CapabilitySet(
                adding: request.addedCapabilities, dropping: request.droppedCapabilities)
            isolation.devices = try request.devices.flatMap(DeviceNode.parse)
        }
        deviceRules = DeviceRule.rules(for: isolation.devices)
        mayMountCgroups = isolation.capabilities.contains(.systemAdministration)
        guard let wanted else {
            mayMountCgroups = true
            return
        }
        if let filter = try SeccompFilters(in: store).filter(
            wanted, isolation.capabilities, remembering: remembering)
        {
            isolation.filter = filter
            if case .file = wanted { mayMountCgroups = true }
        } else {
            notice = "this kernel has no filter of system calls (seccomp): the container can make every one"
            mayMountCgroups = true
        }
    }

    private mutating func apply(_ option: String, _ wanted: inout SeccompFilters.Wanted?) throws {
        // docker took a colon before it took "=".
        let parts = option.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "=" || $0 == ":" }
        switch (String(parts[0]), parts.count > 1 ? String(parts[1]) : nil) {
        case ("seccomp", "unconfined"): wanted = nil
        case ("seccomp", "builtin"), ("seccomp", "default"): wanted = .standard
        case ("seccomp", let path?) where !path.isEmpty: wanted = .file(FilePath(path))
        case ("no-new-privileges", nil), ("no-new-privileges", "true"): isolation.noNewPrivileges = true
        case ("no-new-privileges", "false"): isolation.noNewPrivileges = false
        case ("systempaths", "unconfined"): isolation.restrictsKernelFileSystems = false
        // There is none, so there is nothing to switch off.
        case ("apparmor", "unconfined"), ("label", "disable"): break
        default:
            throw RunError.invalidOption(
                option: "--security-opt", value: option,
                reason: "not seccomp=unconfined, seccomp=FILE, no-new-privileges or systempaths=unconfined")
        }
    }

    /// What init gets when it is known whether somebody decides about devices.
    func isolation(controllingDevices controls: Bool) -> Isolation {
        var isolation = isolation
        if deviceRules != nil {
            isolation.controlsDevices = controls
            if !controls { isolation.capabilities.bits &= ~CapabilitySet.mknod.bits }
        }
        return isolation
    }
}
