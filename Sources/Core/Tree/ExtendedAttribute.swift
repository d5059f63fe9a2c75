/// An extended attribute (xattr(7)).
public struct ExtendedAttribute: Sendable, Equatable {
    /// The name with its namespace: "user.comment".
    public var name: String
    /// The value.
    public var value: [UInt8]

    /// An attribute from its parts.
    public init(name: String, value: [UInt8]) {
        self.name = name
        self.value = value
    }
}

extension ExtendedAttribute {
    /// True for what belongs to the host and not to an image, and is left out both ways: labels of the host's
    /// security policy.
    package var isHostOnly: Bool { name == "security.selinux" }
}
