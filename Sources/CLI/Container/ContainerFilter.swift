internal import Core

/// Which containers a list shows: `--filter`.
struct ContainerFilter {
    private let filters: Filters
    private let before: [Int64]
    private let since: [Int64]
    private let ancestors: ContainerAncestors

    static let keys = [
        "id", "name", "label", "exited", "status", "ancestor", "before", "since", "volume", "health",
    ]
    private static let states: Set<String> = [
        "created", "restarting", "running", "removing", "paused", "exited", "dead",
    ]

    /// - Parameters:
    ///   - words: what `--filter` was given.
    ///   - containers: where containers that others are compared with are found.
    /// - Throws: ``UsageError``, ``RunError``, ``ImageError`` or ``SystemCallError``.
    init(_ words: [String], _ containers: Containers, _ images: ImageStore) throws {
        filters = try Filters(words, keys: Self.keys)
        for state in filters["status"] where !Self.states.contains(state) {
            throw UsageError.wrongValue(state, of: "--filter status=")
        }
        for code in filters["exited"] where Int(code) == nil {
            throw UsageError.wrongValue(code, of: "--filter exited=")
        }
        for name in filters["name"] where "".matches(expression: name) == nil {
            throw UsageError.wrongValue(name, of: "--filter name=")
        }
        before = try filters["before"].map { try containers.find($0).record().created }
        since = try filters["since"].map { try containers.find($0).record().created }
        ancestors = try ContainerAncestors(filters["ancestor"], in: images)
    }

    /// True if containers that have ended are meant, without anybody's saying so.
    var wantsEnded: Bool { !filters["status"].isEmpty || !filters["exited"].isEmpty }

    /// True if the list shows it.
    func shows(_ record: ContainerRecord, _ container: Container) -> Bool {
        let mounts = record.spec?.mounts ?? []
        return filters.any("id") { record.id.hasPrefix($0) }
            // Docker's names begin with a slash.
            && filters.any("name") { name in
                [record.name, "/" + record.name].contains { $0.matches(expression: name) == true }
            }
            && filters.matches(labels: record.spec?.labels ?? [:])
            && before.allSatisfy { record.created < $0 } && since.allSatisfy { record.created > $0 }
            && filters.any("volume") { volume in
                mounts.contains { $0.source == volume || $0.target == volume }
            }
            && ancestors.include(record)
            && filters.any("exited") {
                record.finished != nil && Int($0) == record.exitStatus.map(Int.init)
            }
            && filters.any("status") { $0 == container.state(record).rawValue }
            && filters.any("health") { $0 == container.health(record)?.status ?? "none" }
    }
}

/// The images that containers are to be made of, or of images that are made of them.
private struct ContainerAncestors {
    private let names: [String]
    private var wanted: [Image] = []
    /// The layers of all images, by the digests of their manifests.
    private var layers: [Digest: [Digest]] = [:]

    /// - Throws: ``ImageError``, ``SystemCallError``.
    init(_ names: [String], in images: ImageStore) throws {
        self.names = names
        guard !names.isEmpty else { return }
        // What there is not has no descendants.
        wanted = names.compactMap { try? images.image($0) }
        for summary in try images.list() {
            guard let image = summary.image else { continue }
            layers[summary.manifestDigest] = image.layers.map(\.diffID)
            layers[image.manifestDigest] = image.layers.map(\.diffID)
        }
    }

    func include(_ record: ContainerRecord) -> Bool {
        if names.isEmpty || names.contains(record.image) { return true }
        guard let manifest = record.manifest else { return false }
        return wanted.contains { image in
            image.manifestDigest == manifest
                || !image.layers.isEmpty && layers[manifest]?.starts(with: image.layers.map(\.diffID)) == true
        }
    }
}
