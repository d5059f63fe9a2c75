internal import Glibc
internal import Host
internal import Runtime
internal import Storage
internal import SystemPackage

/// Who on the host the containers of `--userns auto` are: 65536 users and groups for each that nobody else is.
///
/// `users/FIRST` is a link whose target is the ID of the container that has those from FIRST on. It is left there, and means
/// nothing when there is no such container any more: whoever looks for some takes them over.
struct IDReservations {
    private let store: Store
    private var directory: FilePath { store.live.appending("users") }

    /// How many a container gets: "nobody" and "nogroup" are among them.
    private static let size: UInt32 = 65536
    /// Above those that distributions give to users and services, and as many that nobody has been given.
    private static let lowest: UInt32 = 1 << 20
    /// Below what signed numbers can be, and what systemd-nspawn(1) takes.
    private static let highest: UInt32 = 0x7FFF_0000

    init(in store: Store) { self.store = store }

    /// Reserves some for a container.
    ///
    /// - Throws: ``RunError/noUserIDs``; ``SystemCallError``.
    func take(for id: String) throws -> IDMap {
        if !Files.isDirectory(directory) { try Files.makeDirectories(directory, mode: 0o700) }
        let lock = try Descriptor(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        try systemCall("flock", directory) { _ in flock(lock.rawValue, LOCK_EX) }
        defer { flock(lock.rawValue, LOCK_UN) }
        let maps = try Containers(store).all().compactMap(\.spec?.users)
        for range in SubordinateIDs.ranges(for: ["mydocker", "containers"])
            ?? [SubordinateIDs.firstFree(above: Self.lowest)..<Self.highest]
        {
            var first = range.lowerBound
            while first <= range.upperBound, range.upperBound - first >= Self.size {
                let map = IDMap(first: first, count: Self.size)
                if !maps.contains(where: { $0.meets(map) }), try take(first, for: id) { return map }
                first += Self.size
            }
        }
        throw RunError.noUserIDs
    }

    private func take(_ first: UInt32, for id: String) throws -> Bool {
        let link = directory.appending(FilePath("\(first)").components)
        if let other = try? Files.readLink(link) {
            let isID = (try? ContainerName.validate(other)) != nil
            if isID && Container(id: other, store: store).exists { return false }
            try Files.remove(link)
        }
        try Files.makeLink(to: id, at: link)
        return true
    }

}

extension IDMap {
    fileprivate func meets(_ other: IDMap) -> Bool {
        func meet(_ some: [IDRange], _ others: [IDRange]) -> Bool {
            some.contains { one in
                others.contains {
                    one.outside < $0.outside + $0.count && $0.outside < one.outside + one.count
                }
            }
        }
        return meet(users, other.users) || meet(groups, other.groups)
    }
}
