/// Which system calls the processes of a container may make: a description that can be read, and that
/// ``SeccompCompiler`` turns into a filter.
package struct SeccompProfile: Equatable {
    /// What happens to a call that no rule speaks of.
    var defaultAction: Action
    var rules: [Rule] = []
    /// The architectures besides the machine's own whose calls are judged ("x86"), and do not kill.
    package var otherArchitectures: [String] = []

    /// What happens to a call (seccomp(2)).
    enum Action: Equatable {
        case allow, log, killThread, killProcess, trap
        /// It fails with this errno.
        case fail(errno: Int32)
    }

    /// Calls that share an action.
    struct Rule: Equatable {
        var calls: [String]
        var action: Action
        /// All have to be true of a call's arguments.
        var conditions: [Condition] = []
        var needs = Need()
    }

    /// Something that is true of one argument of a call.
    struct Condition: Equatable {
        /// Which argument: 0 to 5.
        var argument: Int
        var comparison: Comparison
        var value: UInt64
        /// Of the comparison that masks: the mask, and `value` is what is left then.
        var mask: UInt64 = 0
    }

    /// How an argument is compared with the value.
    enum Comparison: String, Equatable {
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case equal = "=="
        case greaterOrEqual = ">="
        case greater = ">"
        case masked = "&"
    }

    /// What has to be true of the machine and the container for a rule to count.
    struct Need: Equatable {
        /// The container has all of these.
        var capabilities: [String] = []
        /// The container has none of these.
        var noCapabilities: [String] = []
        /// The machine's architecture, or one that it runs too, as Go calls it: "amd64", "x32"; empty for any.
        var architectures: [String] = []
        var noArchitectures: [String] = []
        /// The kernel's least version: a description of what older ones got wrong, not a probe.
        var kernel: (Int, Int)?

        static func == (left: Need, right: Need) -> Bool {
            left.capabilities == right.capabilities && left.noCapabilities == right.noCapabilities
                && left.architectures == right.architectures && left.noArchitectures == right.noArchitectures
                && left.kernel?.0 == right.kernel?.0 && left.kernel?.1 == right.kernel?.1
        }

        /// True if the rule counts here.
        func isMet(_ capabilities: CapabilitySet, _ machine: Machine) -> Bool {
            let own = Set(capabilities.names)
            if let (major, minor) = kernel, machine.kernel < (major, minor) { return false }
            return self.capabilities.allSatisfy(own.contains) && !noCapabilities.contains(where: own.contains)
                && (architectures.isEmpty || architectures.contains(where: machine.architectures.contains))
                && !noArchitectures.contains(where: machine.architectures.contains)
        }
    }

    /// What a rule may ask about.
    package struct Machine {
        /// The architecture, and those that the kernel runs as well.
        var architectures: [String]
        var kernel: (Int, Int)

        package init(architectures: [String], kernel: (Int, Int)) {
            self.architectures = architectures
            self.kernel = kernel
        }
    }
}
