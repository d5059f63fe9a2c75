internal import Glibc
internal import Images

/// The environment of a container's command: defaults, then the image's, then the user's; later ones win.
///
/// HOME is added by init, which knows the users.
struct ContainerEnvironment {
    /// NAME=VALUE, each name once; byte for byte, because none of it need be UTF-8.
    private(set) var variables: [[UInt8]] = []

    /// - Parameter hostname: nil for the container's ID, which is added when it is known.
    init(image: [String], request: RunRequest, hostname: String?) {
        set(Array(ImageConfig.defaultPath.utf8))
        if let hostname { set(Array("HOSTNAME=\(hostname)".utf8)) }
        if request.terminal { set(Self.callers(Array("TERM".utf8)) ?? Array("TERM=xterm".utf8)) }
        for variable in image { set(Array(variable.utf8)) }
        for variable in request.environment {
            add(variable)
        }
    }

    /// The environment of a container's command, to which more is added for another.
    init(_ variables: [[UInt8]]) { self.variables = variables }

    /// Adds NAME=VALUE, or with NAME alone the caller's value if it has one.
    mutating func add(_ variable: [UInt8]) {
        if variable.contains(Self.equals) {
            set(variable)
        } else if let callers = Self.callers(variable) {
            set(callers)
        }
    }

    /// With the host name, where nobody has said it.
    static func complete(_ variables: [[UInt8]], id: String) -> [[UInt8]] {
        let name = Array("HOSTNAME=".utf8)
        if variables.contains(where: { $0.starts(with: name) }) { return variables }
        var variables = variables
        variables.insert(name + Array(id.utf8), at: min(1, variables.count))
        return variables
    }

    private static let equals = UInt8(ascii: "=")

    private mutating func set(_ variable: [UInt8]) {
        let name = variable.prefix { $0 != Self.equals } + [Self.equals]
        variables.removeAll { $0.starts(with: name) }
        variables.append(variable)
    }

    /// NAME=VALUE as mydocker's caller has it.
    private static func callers(_ name: [UInt8]) -> [UInt8]? {
        let value = (name + [0]).withUnsafeBytes { bytes in
            bytes.bindMemory(to: CChar.self).baseAddress.flatMap { getenv($0) }
        }
        return value.map { name + [equals] + UnsafeRawBufferPointer(start: $0, count: strlen($0)) }
    }
}
