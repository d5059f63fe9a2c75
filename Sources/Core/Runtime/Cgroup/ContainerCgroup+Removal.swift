internal import Glibc
internal import Host
internal import SystemPackage

extension ContainerCgroup {
    /// Kills whatever is left in the cgroups and removes them, and their parent if this was the last.
    ///
    /// - Throws: ``CgroupError``.
    public func remove() throws(CgroupError) {
        for directory in directories {
            if isNested { try Self.remove(directory.appending(Self.inner)) }
            try Self.remove(directory)
            // Busy as long as others run. A parent that somebody named may have limits of its own, and stays.
            if parent.isOwn { try? Files.removeDirectory(directory.parent) }
        }
    }

    static func remove(_ directory: FilePath) throws(CgroupError) {
        var attempts = 0
        while true {
            do { return try Files.removeDirectory(directory) } catch
                where error.errno == .noSuchFileOrDirectory
            {
                return
            } catch  where error.errno == .resourceBusy && attempts < 200 {
                // Cgroups that were made in it; members, or killed ones that have not been reaped yet.
                for name in (try? Files.list(directory)) ?? [] {
                    let below = directory.appending(FilePath(name).components)
                    if Files.isDirectory(below) { try remove(below) }
                }
                attempts += 1
                killMembers(of: directory)
                usleep(attempts == 1 ? 500 : 5000)
            } catch {
                throw .failed(operation: "remove", path: directory, errno: error.errno)
            }
        }
    }

    private static func killMembers(of directory: FilePath) {
        // Version 1 does not let a frozen process die.
        try? ContainerFreezer(of: directory)?.thaw()
        guard let members = try? Files.read(directory.appending("cgroup.procs")) else { return }
        for member in members.split(separator: "\n") {
            if let process = pid_t(member), process > 0 { kill(process, SIGKILL) }
        }
    }
}
