/// What `mydocker init`, the half of mydocker inside the container, is told over its pipe: everything that it
/// needs, and nothing of images, drivers or the command line.
public struct InitMessage: Sendable, Equatable {
    /// The root that it enters.
    public var root: RootSpec
    /// The command that it becomes.
    public var process: ProcessSpec
    /// True to keep a small init as process 1, which reaps orphans and passes signals on.
    public var reaper = false
    /// True if the images in the plan are opened by the other half, and come over the console's socket, in their order:
    /// this one is in a cgroup that forbids devices.
    var imagesFollow = false

    /// A message from its parts.
    public init(root: RootSpec, process: ProcessSpec, reaper: Bool = false) {
        self.root = root
        self.process = process
        self.reaper = reaper
    }
}
