internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// What stands in the place of cgroup v1's device controller on v2: a BPF program that the kernel asks (bpf(2),
/// BPF_PROG_TYPE_CGROUP_DEVICE; admin-guide/cgroup-v2.rst, "Device controller").
struct DeviceProgram: Equatable {
    /// The instructions, eight bytes each.
    let instructions: [UInt64]

    /// A program that allows what one of the rules allows, and nothing else.
    init(_ rules: [DeviceRule]) {
        // struct bpf_cgroup_dev_ctx: the kind in the lower half of the first word, the access in the upper one.
        var code = [
            Self.instruction(0x61, to: 2, from: 1, offset: 0), Self.instruction(0xBF, to: 3, from: 2),
            Self.instruction(0x74, to: 3, immediate: 16), Self.instruction(0x54, to: 2, immediate: 0xFFFF),
            Self.instruction(0x61, to: 4, from: 1, offset: 4),
            Self.instruction(0x61, to: 5, from: 1, offset: 8),
        ]
        for rule in rules { code += Self.code(of: rule) }
        instructions = code + Self.answer(0)
    }

    private static func code(of rule: DeviceRule) -> [UInt64] {
        let bits = rule.access.reduce(Int32(0)) { $0 | ($1 == "m" ? 1 : $1 == "r" ? 2 : 4) }
        // Jumps to the next rule, whose distance is known at the end; 0x55 is "not equal".
        var code: [(instruction: UInt64, isJump: Bool)] = []
        func unless(_ register: UInt8, is value: Int32) {
            code.append((instruction(0x55, to: register, immediate: value), true))
        }
        if rule.kind != "a" { unless(2, is: rule.kind == "b" ? 1 : 2) }
        if bits != 7 {
            code.append((instruction(0xBF, to: 6, from: 3), false))
            code.append((instruction(0x54, to: 6, immediate: 7 & ~bits), false))
            unless(6, is: 0)
        }
        if let major = rule.major { unless(4, is: Int32(bitPattern: major)) }
        if let minor = rule.minor { unless(5, is: Int32(bitPattern: minor)) }
        let end = code.count + 1
        return code.enumerated().map { index, step in
            step.isJump ? step.instruction | UInt64(UInt16(end - index)) << 16 : step.instruction
        } + answer(1)
    }

    private static func answer(_ value: Int32) -> [UInt64] {
        [instruction(0xB7, to: 0, immediate: value), instruction(0x95)]
    }

    /// struct bpf_insn: opcode, two registers of four bits, offset, immediate value.
    private static func instruction(
        _ opcode: UInt8, to: UInt8 = 0, from: UInt8 = 0, offset: Int16 = 0, immediate: Int32 = 0
    ) -> UInt64 {
        UInt64(opcode) | UInt64(from << 4 | to) << 8 | UInt64(UInt16(bitPattern: offset)) << 16
            | UInt64(UInt32(bitPattern: immediate)) << 32
    }

    /// Has the kernel ask the program about every process in the cgroup v2 at `directory`.
    ///
    /// It goes with the cgroup.
    ///
    /// - Throws: ``SystemCallError``: a kernel without it (CONFIG_CGROUP_BPF), or one that does not let us.
    func attach(to directory: FilePath) throws(SystemCallError) {
        let program = try systemCall("bpf", "load the device program") {
            clx_bpf_load_device_program(instructions, UInt32(instructions.count))
        }
        let owner = Descriptor(owning: program)
        let cgroup = try Descriptor(directory, O_RDONLY | O_DIRECTORY)
        try systemCall("bpf", "attach the device program") {
            clx_bpf_attach_device_program(cgroup.rawValue, owner.rawValue)
        }
    }
}
