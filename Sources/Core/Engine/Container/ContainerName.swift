internal import Runtime

/// The rule for containers' names, docker's and podman's.
enum ContainerName {
    /// - Throws: ``RunError/invalidName(_:)``: names become parts of paths.
    static func validate(_ name: String) throws(RunError) {
        let isValid =
            name.utf8.count <= 128 && name.first.map { $0.isASCII && ($0.isLetter || $0.isNumber) } == true
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".-_".contains($0)) }
        guard isValid else { throw .invalidName(name) }
    }
}
