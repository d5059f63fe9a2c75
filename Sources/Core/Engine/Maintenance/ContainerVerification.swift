internal import DriverKit
internal import Host
internal import Images
internal import Storage
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
                _ = try SnapshotRecords(store, driverName: record.driver).stat(SnapshotKey(id))
            } catch {
                // Removed meanwhile.
                guard Files.exists(path) else { continue }
                var damage = Damage(.container, path.string, error.problem)
                if (try? ContainerRecord(from: path)) == nil, let record = try knownRecord(of: id) {
                    if repairing {
                        try record.write(to: path, durable: true)
                        damage.repair = "its record was written again, without its command"
                    }
                } else {
                    damage.advice = "remove it: mydocker rm \(id)"
                }
                result.append(damage)
            }
        }
        guard Files.isDirectory(store.names) else { return result }
        result += try lostNames()
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

    /// Names that containers' records have, and nothing leads from.
    private func lostNames() throws -> [Damage] {
        var result: [Damage] = []
        let taken = try Files.list(store.names)
        for record in try Containers(store).all().sorted(by: { $0.created < $1.created })
        where record.name != record.id && !taken.contains(record.name) {
            let link = store.names.appending(FilePath(record.name).components)
            // It may be ending.
            let isThere = Container(id: record.id, store: store).exists
            guard isThere, !Files.exists(link), (try? ContainerName.validate(record.name)) != nil else {
                continue
            }
            var damage = Damage(.container, link.string, "the container \(record.id) has lost its name")
            if repairing {
                try Files.makeLink(to: record.id, at: link)
                damage.repair = "it has it again"
            }
            result.append(damage)
        }
        return result
    }

    /// What the metadata know of a container whose record is lost; nil if they know nothing.
    private func knownRecord(of id: String) throws -> ContainerRecord? {
        let key = try SnapshotKey(id)
        for driver in SnapshotRecords.drivers(in: store) {
            let snapshots = SnapshotRecords(store, driverName: driver)
            guard let row = try? snapshots.stat(key), row.kind == .active,
                Files.isDirectory(snapshots.directory(of: key).layer)
            else { continue }
            let name = ((try? Files.list(store.names)) ?? []).first {
                (try? Files.readLink(store.names.appending(FilePath($0).components))) == id
            }
            let image = try ImageStore(at: store.images).list().first { summary in
                summary.image?.layers.last.map { SnapshotKey(chainID: $0.chainID) } == row.parent
            }
            var record = ContainerRecord(
                id: id, name: name ?? id, image: image?.image?.displayName ?? "<unknown>", driver: driver,
                command: [], created: row.created, keep: true)
            record.layer = row.parent
            record.manifest = image?.manifestDigest
            record.finished = row.updated
            return record
        }
        return nil
    }
}
