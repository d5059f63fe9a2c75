internal import SystemPackage

/// Checks the containers that were kept, and the names.
struct ContainerVerification {
    private let store: Store
    private let repairing: Bool

    init(_ store: Store, _ repairing: Bool) {
        self.store = store
        self.repairing = repairing
    }

    func run() throws -> [Damage] {
        var result: [Damage] = []
        for id in try Files.list(store.kept).sorted() {
            let path = store.kept.appending(FilePath(id).components)
            do {
                let record = try ContainerRecord(from: path)
                _ = try SnapshotStore(store, driverNamed: record.driver).stat(SnapshotKey(id))
            } catch {
                // Removed meanwhile.
                guard Files.exists(path) else { continue }
                result.append(
                    Damage(.container, path.string, error.problem, advice: "remove it: mydocker rm \(id)"))
            }
        }
        for name in try Files.list(store.names).sorted() {
            let link = store.names.appending(FilePath(name).components)
            guard let id = try? Files.readLink(link) else { continue }
            let places = [store.containers, store.kept].map { $0.appending(FilePath(id).components) }
            guard !places.contains(where: Files.isDirectory), Files.exists(link) else { continue }
            var damage = Damage(.container, link.string, "there is no container of that name")
            if repairing {
                try Files.remove(link)
                damage.repair = "removed"
            }
            result.append(damage)
        }
        return result
    }
}
