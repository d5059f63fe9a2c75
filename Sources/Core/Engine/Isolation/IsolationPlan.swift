internal import Runtime
internal import Storage
internal import SystemPackage

/// What is needed for the isolation that was asked for: what init gets, and what is done outside.
struct IsolationPlan {
    var privileges = Privileges()
    /// Nodes in /dev besides the usual ones.
    var devices: [DeviceNode] = []
    /// True if nothing is held back but the namespaces.
    var isPrivileged = false
    private var restrictsKernelFileSystems = true
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
            isPrivileged = true
            privileges.capabilities = try CapabilitySet.own().intersection(.all)
            restrictsKernelFileSystems = false
            devices = try DeviceNode.all()
            return
        }
        if !request.isStandard {
            privileges.capabilities = try CapabilitySet(
                adding: request.addedCapabilities, dropping: request.droppedCapabilities)
            devices = try request.devices.flatMap(DeviceNode.parse)
        }
        deviceRules = DeviceRule.rules(for: devices)
        mayMountCgroups = privileges.capabilities.contains(.systemAdministration)
        guard let wanted else {
            mayMountCgroups = true
            return
        }
        if let filter = try SeccompFilters(in: store).filter(
            wanted, privileges.capabilities, remembering: remembering)
        {
            privileges.filter = filter
            if wanted.isOwn { mayMountCgroups = true }
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
        case ("seccomp", let text?) where text.hasPrefix("{"): wanted = .text(text)
        case ("seccomp", let path?) where !path.isEmpty: wanted = .file(FilePath(path))
        case ("no-new-privileges", nil), ("no-new-privileges", "true"): privileges.noNewPrivileges = true
        case ("no-new-privileges", "false"): privileges.noNewPrivileges = false
        case ("systempaths", "unconfined"): restrictsKernelFileSystems = false
        // There is none, so there is nothing to switch off.
        case ("apparmor", "unconfined"), ("label", "disable"): break
        default:
            throw RunError.invalidOption(
                option: "--security-opt", value: option,
                reason: "not seccomp=unconfined, seccomp=FILE, no-new-privileges or systempaths=unconfined")
        }
    }

    /// Tells init, when it is known whether somebody decides about devices.
    func apply(to message: inout InitMessage, controllingDevices controls: Bool) {
        message.process.privileges = privileges(controllingDevices: controls)
        message.root.devices = devices
        message.root.restrictsKernelFileSystems = restrictsKernelFileSystems
        message.root.writableSystem = isPrivileged
        message.root.controlsDevices = isPrivileged || (deviceRules != nil && controls)
    }

    /// What a process of the container may do.
    func privileges(controllingDevices controls: Bool) -> Privileges {
        var privileges = privileges
        if deviceRules != nil && !controls { privileges.capabilities.bits &= ~CapabilitySet.mknod.bits }
        return privileges
    }
}
