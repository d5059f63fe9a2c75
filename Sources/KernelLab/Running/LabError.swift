public import Core
internal import SystemPackage

/// What goes wrong when kernels are compared.
public enum LabError: Explained, Equatable {
    /// Neither an executable that is a kernel nor a kernel image.
    case noKernel(String)
    /// A kernel's package that cannot be had.
    case noPackage(String, reason: String)
    /// No name of a machine.
    case noMachine(String)
    /// A program that is needed is not there.
    case noProgram(String, package: String)
    /// A kernel did not bring back what it was booted for.
    case noResult(String)
    /// Somebody has asked for the end.
    case interrupted

    /// What the user is told.
    public var explanation: Explanation {
        switch self {
        case .noKernel(let path):
            Explanation(
                "\(path) is no kernel that can be booted here",
                remedy:
                    "name \"host\", a user-mode kernel (an executable), a kernel image (vmlinuz), a directory of them, deb:VERSION, or ssh://HOST"
            )
        case .noPackage(let name, let reason): Explanation("deb:\(name): \(reason)")
        case .noMachine(let name):
            Explanation("\(name): that names no machine", remedy: "write ssh://[USER@]HOST[:PORT]")
        case .noProgram(let name, let package):
            Explanation("\(name) is not installed", remedy: "run: apt-get install \(package)")
        case .noResult(let reason): Explanation(reason)
        case .interrupted: Explanation("interrupted")
        }
    }
}
