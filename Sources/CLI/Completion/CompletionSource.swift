internal import ArgumentParser
internal import Core
internal import SystemPackage

/// Where the values of an argument come from that only the store knows.
///
/// Nothing is changed to find them and nothing waited for; where something cannot be read, there is nothing to offer.
enum CompletionSource: String {
    case containers, images, volumes, drivers
    /// Containers, images and volumes.
    case objects
    /// `CONTAINER:PATH`, or where no container is called so, a path of the host.
    case containerPaths
    /// `VOLUME:`, or where no volume is called so, a path of the host.
    case volumePaths

    /// What there is.
    ///
    /// - Parameters:
    ///   - store: where; nil if there is no store.
    ///   - typed: what has been typed of it.
    func values(in store: Store?, typed: String) -> [String] {
        switch self {
        case .containers: Self.containers(store, typed)
        case .images: store.map { (try? ImageStore(at: $0.images).names()) ?? [] }?.map(\.description) ?? []
        // Directories of the store.
        case .volumes: store.flatMap { try? Files.list($0.root.appending("volumes")) } ?? []
        case .drivers: CommandLineProgram.registry.names
        case .objects:
            [Self.containers, .images, .volumes].flatMap { $0.values(in: store, typed: typed) }
        case .containerPaths: Self.containers(store, typed).map { $0 + ":" }
        case .volumePaths: Self.volumes.values(in: store, typed: typed).map { $0 + ":" }
        }
    }

    /// Containers by their names; by IDs where they have none, and as soon as something has been typed.
    private static func containers(_ store: Store?, _ typed: String) -> [String] {
        guard let handles = store.map({ Containers($0).handles() }) else { return [] }
        let ids = typed.isEmpty ? handles.ids.subtracting(handles.named.values) : handles.ids
        return handles.named.keys + Array(ids)
    }
}

extension CompletionKind {
    /// Said to the parser as a shell's command, because it hands that on in its description of a command, where
    /// ``Completion`` finds it; no shell ever gets it.
    private static func from(_ source: CompletionSource) -> CompletionKind { .shellCommand(source.rawValue) }

    static var containers: CompletionKind { from(.containers) }
    static var images: CompletionKind { from(.images) }
    static var volumes: CompletionKind { from(.volumes) }
    static var drivers: CompletionKind { from(.drivers) }
    static var objects: CompletionKind { from(.objects) }
    static var containerPaths: CompletionKind { from(.containerPaths) }
    static var volumePaths: CompletionKind { from(.volumePaths) }
}
