internal import DriverKit
internal import Host
package import SystemPackage

extension SnapshotRecords {
    /// What the write layers of containers are labelled with: the container's identifier.
    package static let containerLabel = "mydocker.container"

    /// Takes over the write layer of a container that has ended and is to stay, as an active snapshot.
    ///
    /// May be done again if it was interrupted, and with a directory that is in its place already.
    package func adopt(_ path: FilePath, as key: SnapshotKey, parent: SnapshotKey?) throws(SnapshotError) {
        try write { table throws(SnapshotError) in
            if try table.contains(key) { return }
            _ = try table.insert(key, .active, parent: parent, labels: [Self.containerLabel: key.description])
        }
        guard Files.exists(path), path != directory(of: key).path else { return }
        // After it was written down, so that nobody takes it for something that belongs to no snapshot.
        try asSnapshotError { () throws(SystemCallError) in try SnapshotDirectory.sync(path) }
        try read { table throws(SnapshotError) in try table.move(path, to: key, in: self.store) }
    }
}
