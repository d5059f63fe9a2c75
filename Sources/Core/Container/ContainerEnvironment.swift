internal import Glibc

/// The environment of a container's command: defaults, then the image's, then the user's; later ones win.
///
/// HOME is added by init, which knows the users.
struct ContainerEnvironment {
    /// NAME=VALUE, each name once.
    private(set) var variables: [String] = []

    /// What docker and podman set when nobody else does.
    static let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    init(image: [String], request: RunRequest, hostname: String) {
        set(Self.path)
        set("HOSTNAME=\(hostname)")
        if request.terminal { set("TERM=\(Self.callers("TERM") ?? "xterm")") }
        for variable in image { set(variable) }
        for variable in request.environment {
            if variable.contains("=") {
                set(variable)
            } else if let value = Self.callers(variable) {
                set("\(variable)=\(value)")
            }
        }
    }

    private mutating func set(_ variable: String) {
        let name = variable.prefix { $0 != "=" } + "="
        variables.removeAll { $0.hasPrefix(name) }
        variables.append(variable)
    }

    private static func callers(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
