internal import Glibc
internal import Host
internal import SystemPackage

extension ContainerCgroup {
    /// The container's processes, as the host numbers them, in no order.
    ///
    /// - Parameter first: its process 1; without a cgroup, as an ordinary user has it, all that share its process numbers.
    package func processes(with first: Int32? = nil) -> [Int32] {
        guard let directory = unified ?? directories.first else {
            return first.map(Self.sharing(numbersOf:)) ?? []
        }
        return Self.members(of: directory, in: "cgroup.procs")
    }

    private static func sharing(numbersOf first: Int32) -> [Int32] {
        func numbers(_ process: Int32) -> String? { try? Files.readLink(FilePath("/proc/\(process)/ns/pid")) }
        guard let own = numbers(first), own != numbers(getpid()) else { return [first] }
        return ((try? Files.list("/proc")) ?? []).compactMap { Int32($0) }.filter { numbers($0) == own }
    }

    /// How many processes and threads it has; nil if it has no cgroup.
    func threadCount() -> Int? {
        guard let directory = unified ?? directories.first else { return nil }
        return Self.members(of: directory, in: directory == unified ? "cgroup.threads" : "tasks").count
    }

    /// The numbers in such a file of a cgroup, and of those below it.
    static func members(of directory: FilePath, in file: FilePath.Component) -> [Int32] {
        let text = (try? Files.read(directory.appending(file))) ?? ""
        var members = text.split(separator: "\n").compactMap { Int32($0) }
        // Two, and one more for every cgroup below (fs/kernfs/inode.c).
        guard let status = Files.status(directory), status.st_nlink != 2 else { return members }
        for name in (try? Files.list(directory)) ?? [] {
            let below = directory.appending(FilePath(name).components)
            if Files.isDirectory(below) { members += Self.members(of: below, in: file) }
        }
        return members
    }
}
