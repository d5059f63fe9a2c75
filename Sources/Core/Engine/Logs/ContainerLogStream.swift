/// Which of a command's streams something came from.
public enum ContainerLogStream: UInt8, Sendable {
    /// The standard output; with a terminal, all there is.
    case stdout = 1
    /// The standard error.
    case stderr = 2

    /// Its name in a log.
    var name: StaticString { self == .stdout ? "stdout" : "stderr" }
}
