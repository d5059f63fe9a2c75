/// Which devices the processes of a cgroup may use: one exception from "none".
package struct DeviceRule: Equatable, Sendable {
    /// "c", "b", or "a" for both and every number.
    package var kind: String
    var major: UInt32?
    var minor: UInt32?
    /// Some of "rwm".
    var access: String

    /// As cgroup v1 reads it (admin-guide/cgroup-v1/devices.rst): "c 1:3 rwm".
    var text: String {
        "\(kind) \(major.map(String.init) ?? "*"):\(minor.map(String.init) ?? "*") \(access)"
    }

    /// What docker allows: making any node, which opens nothing, and using null, zero, full, tty, random, urandom,
    /// console, ptmx and pseudo-terminals.
    static let standard: [DeviceRule] =
        [DeviceRule(kind: "c", access: "m"), DeviceRule(kind: "b", access: "m")]
        + [(1, 3), (1, 5), (1, 7), (5, 0), (1, 8), (1, 9), (5, 1), (5, 2)].map {
            DeviceRule(kind: "c", major: $0, minor: $1, access: "rwm")
        } + [DeviceRule(kind: "c", major: 136, access: "rwm")]

    /// The rules for a container with these devices besides.
    package static func rules(for devices: [DeviceNode]) -> [DeviceRule] {
        standard
            + devices.map {
                DeviceRule(kind: $0.isBlock ? "b" : "c", major: $0.major, minor: $0.minor, access: $0.access)
            }
    }
}
