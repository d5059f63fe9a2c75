/// What a driver says after trying.
public enum DriverSupport: Sendable, Equatable {
    /// It works here.
    case supported
    /// It does not, because of `reason` ("the kernel has no xyz: not in /proc/filesystems"); `remedy` says
    /// what the user can do, if anything.
    case unsupported(reason: String, remedy: String?)

    /// True for `supported`.
    public var isSupported: Bool { self == .supported }
}
