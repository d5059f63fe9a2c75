internal import Host
internal import Mount
public import SystemPackage

/// A step of `mydocker init` that failed, as it comes back over the status pipe.
public struct InitFailure: Error, Sendable, Equatable {
    /// What was being done: "pivot_root", "mount proc".
    public var step: String
    /// On which path or value.
    public var subject: String
    /// Why.
    public var errno: Errno
    /// What the kernel said besides, if anything.
    public var detail: String?
    /// What the user can do, if that is not what can be done about the errno.
    public var remedy: String?
    /// What kind of thing failed.
    public var kind: Kind

    /// Whose fault it is, which decides about the exit code.
    public enum Kind: Int, Sendable {
        /// The set-up of the container: mydocker's own business.
        case setUp
        /// The kernel takes fewer layers than the root has.
        case tooManyLayers
        /// The command was not found.
        case commandNotFound
        /// The command was found but cannot be executed.
        case commandNotExecutable
    }

    init(
        _ step: String, _ subject: String, errno: Errno, detail: String? = nil, remedy: String? = nil,
        kind: Kind = .setUp
    ) {
        self.step = step
        self.subject = subject
        self.errno = errno
        self.detail = detail
        self.remedy = remedy
        self.kind = kind
    }

    /// A path of the image's or the user's that ``ContainerPath`` could not open.
    init(_ step: String, _ subject: String, _ error: SystemCallError, kind: Kind = .setUp) {
        let isLink = error.errno == .tooManySymbolicLinkLevels
        self.init(
            step, subject, errno: error.errno,
            detail: isLink ? "it leads over too many links, or over a link of /proc to an open file" : nil,
            kind: kind)
    }

    /// The failure that `error`, thrown by one of Core's own calls, stands for.
    init(_ error: any Error) {
        switch error {
        case let failure as InitFailure:
            self = failure
        case let failure as SystemCallError:
            self.init(failure.call, failure.subject ?? "", errno: failure.errno)
        case MountError.refused(let step, let target, let errno, let detail):
            self.init(step, target.string, errno: errno, detail: detail)
        case MountError.tooManyLayers:
            let explanation = (error as? MountError)?.explanation
            self.init(
                "mount", "the layers", errno: .noSpace, detail: explanation?.problem,
                remedy: explanation?.remedy, kind: .tooManyLayers)
        case is WireReader.Malformed:
            self.init("read the message", "", errno: .invalidArgument, detail: "malformed")
        case let failure as any Explained:
            let explanation = failure.explanation
            self.init(
                "set up the root", "", errno: .invalidArgument, detail: explanation.problem,
                remedy: explanation.remedy)
        default:
            self.init("set up the container", "", errno: .invalidArgument, detail: "\(error)")
        }
    }

    var encoded: [UInt8] {
        var writer = WireWriter()
        writer.put(step)
        writer.put(subject)
        writer.put(Int(errno.rawValue))
        writer.put(optional: detail) { $0.put($1) }
        writer.put(optional: remedy) { $0.put($1) }
        writer.put(kind.rawValue)
        return writer.bytes
    }

    init(encoded bytes: [UInt8]) throws(WireReader.Malformed) {
        var reader = WireReader(bytes)
        step = try reader.string()
        subject = try reader.string()
        errno = Errno(rawValue: Int32(truncatingIfNeeded: try reader.int()))
        detail = try reader.optional { reader throws(WireReader.Malformed) in try reader.string() }
        remedy = try reader.optional { reader throws(WireReader.Malformed) in try reader.string() }
        guard let kind = Kind(rawValue: try reader.int()) else { throw WireReader.Malformed() }
        self.kind = kind
    }
}
