internal import ArgumentParser
internal import Core

/// `mydocker inspect`: of containers, and of what else has names.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Print all about containers, images or volumes as JSON.",
        discussion:
            "Of a name that several have, the container is meant, else the image; --type says which.")

    /// What can be inspected, in the order in which it is looked for.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case container, image, volume

        /// All about the object; nil if there is none of the kind.
        func details(of name: String, in store: Store) throws -> (any Encodable)? {
            switch self {
            case .container:
                do { return try Containers(store).find(name).details() } catch let error as RunError {
                    switch error {
                    case .noContainer, .invalidName: return nil
                    default: throw error
                    }
                }
            case .image:
                do { return try ImageStore(at: store.images).details(of: name) } catch let error as ImageError
                {
                    switch error {
                    case .unknownImage, .invalidName: return nil
                    default: throw error
                    }
                }
            case .volume:
                let volumes = Volumes(store)
                do { return volumes.details(of: try volumes.find(name)) } catch let error as VolumeError {
                    switch error {
                    case .noVolume, .invalidName: return nil
                    default: throw error
                    }
                }
            }
        }
    }

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "What is meant: container, image or volume; else whichever there is.", valueName: "type"))
    var type: Kind?

    @OptionGroup var options: InspectOptions

    @Argument(help: "The names or IDs.", completion: .objects)
    var names: [String]

    func run() throws {
        let store = try options.store()
        let kinds = type.map { [$0] } ?? Kind.allCases
        try options.show(names) { name in
            for kind in kinds {
                if let details = try kind.details(of: name, in: store) { return details }
            }
            throw UsageError.noObject(name, kinds: kinds.map(\.rawValue))
        }
    }
}
