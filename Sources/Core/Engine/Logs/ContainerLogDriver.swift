/// The form in which a container's log is kept (`--log-driver`).
public enum ContainerLogDriver: String, Sendable, Codable, CaseIterable {
    /// Docker's: a JSON object a line.
    case jsonFile = "json-file"
    /// Podman's and the kubelet's: time, stream and text.
    case k8sFile = "k8s-file"
    /// No log.
    case none
}
