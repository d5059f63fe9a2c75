internal import Glibc
internal import Images

/// The environment of a container's command: defaults, then the image's, then the user's; later ones win.
///
/// HOME is added by init, which knows the users.
struct ContainerEnvironment {
    /// NAME=VALUE, each name once; byte for byte, because none of it need be UTF-8.
    private(set) var variables: [[UInt8]] = []

    init(image: [String], request: RunRequest, hostname: String) {
        set(Array(ImageConfig.defaultPath.utf8))
        set(Array("HOSTNAME=\(hostname)".utf8))
        if request.terminal { set(Self.callers(Array("TERM".utf8)) ?? Array("TERM=xterm".utf8)) }
        for variable in image { set(Array(variable.utf8)) }
        for variable in request.environment {
            if variable.contains(Self.equals) {
                set(variable)
            } else if let callers = Self.callers(variable) {
                set(callers)
            }
        }
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
