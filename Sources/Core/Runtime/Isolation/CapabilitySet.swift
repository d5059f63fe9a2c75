internal import CLinux
internal import Glibc
package import Host
internal import SystemPackage

/// Sets of capabilities (capabilities(7)) and their names.
public struct CapabilitySet: Sendable, Equatable {
    /// Bit N stands for the capability with the number N.
    public var bits: UInt64

    /// A set from its bits.
    public init(bits: UInt64) { self.bits = bits }

    /// The names in the order of the numbers (linux/capability.h).
    private static let names = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK",
        "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN",
        "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE",
        "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND",
        "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ]

    /// What docker gives root in a container: 0, 1, 3-8, 10, 13, 18, 27, 29, 31.
    ///
    /// A literal, so that no start puts it together.
    public static let standard = CapabilitySet(bits: 0xA804_25FB)

    /// Every capability that this program knows.
    public static var all: CapabilitySet { CapabilitySet(bits: (1 << UInt64(names.count)) - 1) }

    /// One capability from what a user writes: "NET_ADMIN", "CAP_NET_ADMIN", "net_admin"; nil if there is none.
    public init?(name: String) {
        var name = name.uppercased()
        if name.hasPrefix("CAP_") { name.removeFirst(4) }
        guard let number = Self.names.firstIndex(of: name) else { return nil }
        bits = 1 << UInt64(number)
    }

    /// The names in it, with "CAP_".
    public var names: [String] {
        Self.names.indices.filter { bits & 1 << UInt64($0) != 0 }.map { "CAP_" + Self.names[$0] }
    }

    /// True if all of `other` are in it.
    public func contains(_ other: CapabilitySet) -> Bool { bits & other.bits == other.bits }

    /// What is in both.
    public func intersection(_ other: CapabilitySet) -> CapabilitySet {
        CapabilitySet(bits: bits & other.bits)
    }

    /// MKNOD, which needs somebody who decides about the nodes that are made.
    package static let mknod = CapabilitySet(bits: 1 << UInt64(CAP_MKNOD))

    /// SYS_ADMIN, with which a container mounts what it likes.
    package static let systemAdministration = CapabilitySet(bits: 1 << UInt64(CAP_SYS_ADMIN))

    /// What this process may give away: its permitted set.
    ///
    /// - Throws: ``SystemCallError``.
    package static func own() throws(SystemCallError) -> CapabilitySet {
        var permitted: UInt64 = 0
        try systemCall("capget") { clx_capget(&permitted) }
        return CapabilitySet(bits: permitted)
    }

    /// The set that a user asks for, by docker's rules: ALL is every one, what is added wins over the defaults, and
    /// what is dropped over all but what is named beside "drop ALL".
    ///
    /// - Throws: ``RunError/invalidOption(option:value:reason:)``.
    package init(adding added: [String], dropping dropped: [String]) throws {
        func set(_ words: [String], _ option: String) throws -> (isAll: Bool, set: CapabilitySet) {
            var result = (isAll: false, set: CapabilitySet(bits: 0))
            for word in words {
                if word.uppercased() == "ALL" {
                    result.isAll = true
                } else if let one = CapabilitySet(name: word) {
                    result.set.bits |= one.bits
                } else {
                    throw RunError.invalidOption(
                        option: option, value: word, reason: "there is no such capability")
                }
            }
            return result
        }
        let (addsAll, adds) = try set(added, "--cap-add")
        let (dropsAll, drops) = try set(dropped, "--cap-drop")
        if dropsAll {
            bits = addsAll ? Self.all.bits : adds.bits
        } else {
            bits = ((addsAll ? Self.all : .standard).bits | adds.bits) & ~drops.bits
        }
        guard addsAll || adds.bits != 0 else { return }
        let own = try Self.own()
        guard own.contains(adds) else {
            let missing = CapabilitySet(bits: adds.bits & ~own.bits).names
            throw RunError.invalidOption(
                option: "--cap-add", value: missing.joined(separator: " "),
                reason: "mydocker itself was started without it")
        }
        bits &= own.bits
    }
}
