internal import Runtime
internal import Storage
internal import SystemPackage

extension ContainerControl {
    /// Makes all processes of a container stand still, until ``unpause(_:)``.
    ///
    /// - Throws: ``RunError/notRunning(_:)``, ``RunError/paused(_:)``, ``CgroupError``; as ``Containers/find(_:)``.
    public func pause(_ nameOrID: String) throws {
        let (directory, freezer) = try standing(nameOrID)
        guard try ContainerPause.begin(in: directory, by: freezer) else { throw RunError.paused(nameOrID) }
    }

    /// Lets the processes of a container go on.
    ///
    /// - Throws: ``RunError/notRunning(_:)``, ``CgroupError``; as ``Containers/find(_:)``.
    public func unpause(_ nameOrID: String) throws {
        let (directory, freezer) = try standing(nameOrID)
        guard try ContainerPause.end(in: directory, by: freezer) else {
            throw CgroupError.notPaused(nameOrID)
        }
    }

    private func standing(_ nameOrID: String) throws -> (directory: FilePath, freezer: ContainerFreezer) {
        let container = try Containers(store).find(nameOrID)
        let record = try container.startedRecord()
        guard record.isRunning else { throw RunError.notRunning(nameOrID) }
        guard let freezer = record.freezer(in: try CgroupHierarchy.all()) else {
            throw CgroupError.cannotPause(nameOrID)
        }
        return (container.runningDirectory, freezer)
    }
}
