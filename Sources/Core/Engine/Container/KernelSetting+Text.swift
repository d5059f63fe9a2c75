public import Runtime

extension KernelSetting {
    /// From what a user writes: NAME=VALUE, of a setting that is the container's own alone.
    ///
    /// Those are docker's: the network's, and in an IPC namespace of its own those of the shared memory and the message
    /// queues (namespaces(7)). Every other one is the whole machine's.
    ///
    /// - Throws: ``RunError/invalidOption(option:value:reason:)``.
    public init(_ text: String, namespaces: NamespaceChoice) throws {
        func refuse(_ reason: String) -> RunError {
            .invalidOption(option: "--sysctl", value: text, reason: reason)
        }
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        guard parts.count == 2, !parts[0].isEmpty else { throw refuse("not of the form NAME=VALUE") }
        // sysctl(8) takes both.
        let name =
            parts[0].contains("/")
            ? String(parts[0].map { $0 == "/" ? "." : $0 == "." ? "/" : $0 }) : parts[0]
        let words = name.split(separator: ".", omittingEmptySubsequences: false)
        guard words.allSatisfy({ !$0.isEmpty && !$0.contains("/") }) else {
            throw refuse("it is no setting's name")
        }
        let isMemory = Self.memory.contains(name) || name.hasPrefix("fs.mqueue.")
        guard name.hasPrefix("net.") || isMemory else { throw refuse("it is not the container's alone") }
        guard !isMemory || namespaces.ipc == .own else {
            throw refuse("the container has not its own with --ipc")
        }
        self.init(name: name, value: parts[1])
    }

    private static let memory: Set<String> = [
        "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
        "kernel.shmmni", "kernel.shm_rmid_forced",
    ]
}
