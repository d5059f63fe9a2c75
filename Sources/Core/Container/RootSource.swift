internal import SystemPackage

/// What a container's root is made of: a stored image, or a plain directory.
struct RootSource {
    /// As messages call it.
    let name: String
    private let directory: FilePath
    private let command: [[UInt8]]

    init(for request: RunRequest, store: Store) throws {
        guard let directory = request.rootFS else { throw RunError.unknownImage("busybox", similar: []) }
        name = directory.string
        self.directory = directory
        command = request.words
    }
    func layers(for driver: any StorageDriver, in store: Store) throws -> [FilePath] { [directory] }
    func plannedLayers(for driver: any StorageDriver, in store: Store) -> [FilePath] { [directory] }
    func arguments(for request: RunRequest) throws -> [[UInt8]] { command }
    var environment: [String] { [] }
    var workingDirectory: String { "/" }
    func similarImages(to request: RunRequest) -> [String] { [] }
}
