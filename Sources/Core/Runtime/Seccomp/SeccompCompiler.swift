internal import CLinux
internal import CSeccomp
internal import Glibc
internal import Host
package import SystemPackage

/// Turns a profile into a filter for the kernel, by libseccomp.
package struct SeccompCompiler {
    let profile: SeccompProfile
    let capabilities: CapabilitySet
    let machine: SeccompProfile.Machine

    package init(profile: SeccompProfile, capabilities: CapabilitySet, machine: SeccompProfile.Machine) {
        self.profile = profile
        self.capabilities = capabilities
        self.machine = machine
    }

    /// What went wrong, in libseccomp's errno.
    package struct Failure: Error {
        package var operation: String
        package var errno: Errno
    }

    /// The filter: an array of `struct sock_filter`.
    ///
    /// - Throws: ``Failure``; ``SystemCallError``.
    package func filter() throws -> [UInt8] {
        let defaultAction = Self.value(of: profile.defaultAction)
        guard let context = seccomp_init(defaultAction) else {
            throw Failure(operation: "seccomp_init", errno: .invalidArgument)
        }
        defer { seccomp_release(context) }
        // A tree of comparisons instead of a list: fewer steps for each call, and in the kernel's own look ahead.
        try call("seccomp_attr_set", seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2))
        for name in profile.otherArchitectures {
            let architecture = seccomp_arch_resolve_name(name)
            guard architecture != 0 else {
                throw Failure(operation: "find the architecture \(name)", errno: .invalidArgument)
            }
            try call("seccomp_arch_add", seccomp_arch_add(context, architecture), besides: EEXIST)
        }
        var newCalls: [(number: UInt32, action: UInt32)] = []
        for rule in profile.rules where rule.needs.isMet(capabilities, machine) {
            let action = Self.value(of: rule.action)
            if action == defaultAction { continue }
            let comparisons = rule.conditions.map(Self.comparison)
            for name in rule.calls {
                let number = seccomp_syscall_resolve_name(name)
                if number != csc_no_system_call() {
                    // EDOM: no architecture here has it. EEXIST: another rule says the same.
                    try call(
                        name,
                        seccomp_rule_add_array(
                            context, action, number, UInt32(comparisons.count), comparisons),
                        besides: EEXIST, EDOM)
                } else if let number = NewSystemCalls.numbers[name], comparisons.isEmpty {
                    newCalls.append((number, action))
                }
            }
        }
        return Self.prelude(newCalls, isClosed: profile.defaultAction == .fail(errno: EPERM))
            + (try exported(context))
    }

    private func exported(_ context: scmp_filter_ctx) throws -> [UInt8] {
        // A pipe holds more than the largest filter (BPF_MAXINSNS * 8 bytes).
        let pipe = try DescriptorPair.pipe()
        try call("seccomp_export_bpf", seccomp_export_bpf(context, pipe.second.rawValue))
        return try pipe.onlyFirst().readAll(limit: 64 << 10, subject: "the filter")
    }

    private func call(_ name: String, _ result: Int32, besides accepted: Int32...) throws {
        guard result == 0 || accepted.contains(-result) else {
            throw Failure(operation: name, errno: Errno(rawValue: -result))
        }
    }

    private static func value(of action: SeccompProfile.Action) -> UInt32 {
        switch action {
        case .allow: csc_allow()
        case .log: csc_log()
        case .trap: csc_trap()
        case .killThread: csc_kill_thread()
        case .killProcess: csc_kill_process()
        case .fail(let errno): csc_errno(UInt16(truncatingIfNeeded: errno))
        }
    }

    private static func comparison(_ condition: SeccompProfile.Condition) -> scmp_arg_cmp {
        let operation =
            switch condition.comparison {
            case .notEqual: SCMP_CMP_NE
            case .less: SCMP_CMP_LT
            case .lessOrEqual: SCMP_CMP_LE
            case .equal: SCMP_CMP_EQ
            case .greaterOrEqual: SCMP_CMP_GE
            case .greater: SCMP_CMP_GT
            case .masked: SCMP_CMP_MASKED_EQ
            }
        let isMasked = condition.comparison == .masked
        return scmp_arg_cmp(
            arg: UInt32(condition.argument), op: operation,
            datum_a: isMasked ? condition.mask : condition.value,
            datum_b: isMasked ? condition.value : 0)
    }

    /// What goes before libseccomp's part: calls that are newer than it is, and in a profile that is closed to what it
    /// does not know, ENOSYS for calls that are newer than this program, so that who tries them goes on without.
    private static func prelude(_ newCalls: [(number: UInt32, action: UInt32)], isClosed: Bool) -> [UInt8] {
        // The number is the first word of struct seccomp_data.
        var code = instruction(BPF_LD | BPF_W | BPF_ABS, 0)
        for (number, action) in newCalls {
            code += instruction(BPF_JMP | BPF_JEQ | BPF_K, number, elseSkip: 1)
            code += instruction(BPF_RET | BPF_K, action)
        }
        if isClosed {
            // Above are the calls of x32, which have a bit of their own.
            code += instruction(BPF_JMP | BPF_JGE | BPF_K, 0x4000_0000, skip: 2)
            code += instruction(BPF_JMP | BPF_JGT | BPF_K, NewSystemCalls.last, elseSkip: 1)
            code += instruction(BPF_RET | BPF_K, csc_errno(UInt16(ENOSYS)))
        }
        return code
    }

    /// struct sock_filter: the code, how many instructions to skip if a comparison holds or not, and a value.
    private static func instruction(
        _ code: Int32, _ value: UInt32, skip: UInt8 = 0, elseSkip: UInt8 = 0
    ) -> [UInt8] {
        let number = UInt16(truncatingIfNeeded: code)
        return [UInt8(number & 0xFF), UInt8(number >> 8), skip, elseSkip]
            + [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
