internal import CLinux
internal import Glibc
internal import Host
internal import Storage
internal import SystemPackage

/// Checks the directories that a store consists of: that they are there, are no links, and are root's alone.
struct PlaceVerification {
    static let noFile = "it is no file"

    private let store: Store
    private let repairing: Bool

    init(_ store: Store, _ repairing: Bool) {
        self.store = store
        self.repairing = repairing
    }

    func run() throws -> [Damage] {
        guard Files.isDirectory(store.root.appending(".")) else { return [] }
        // The images' directory may have been there before, and nothing in it can be run.
        let later = [store.storage, store.seccomp, store.volumes]
        let own = [store.containers, store.kept, store.names, store.temporary] + later
        guard own.contains(where: Files.exists) else { return [] }
        var result: [Damage] = []
        // Others may look at a directory of which all that is in it is closed to them.
        if let damage = try checkAccess(store.root.appending("."), forbidden: 0o022) { result.append(damage) }
        for place in own {
            if later.contains(place), !Files.exists(place) { continue }
            if let damage = try Files.isDirectory(place)
                ? checkAccess(place, forbidden: 0o077) : checkPresence(of: place)
            {
                result.append(damage)
            }
        }
        for file in [store.lock, store.metadata] where Files.exists(file) && !Self.isFile(file) {
            var damage = Damage(.store, file.string, Self.noFile)
            if repairing { damage.repair = try putAside(file) }
            result.append(damage)
        }
        return result
    }

    private static func isFile(_ path: FilePath) -> Bool {
        Files.status(path).map { $0.st_mode & S_IFMT } == S_IFREG
    }

    private func checkAccess(_ directory: FilePath, forbidden: mode_t) throws -> Damage? {
        guard let status = Files.status(directory) else { return nil }
        let isOpen = status.st_mode & forbidden != 0
        guard isOpen || status.st_uid != 0 else { return nil }
        let mode = String(status.st_mode & 0o7777, radix: 8)
        var damage = Damage(
            .store, directory.lexicallyNormalized().string,
            "its mode is \(mode) and its owner \(status.st_uid): users of this machine may reach what is in it, setuid "
                + "programs of images included")
        guard repairing else { return damage }
        try systemCall("chown", directory) { chown($0, 0, 0) }
        try systemCall("chmod", directory) { chmod($0, 0o700) }
        damage.repair = "it is root's alone again"
        return damage
    }

    /// What is there and is no directory is put aside: a link is not followed.
    private func checkPresence(of place: FilePath) throws -> Damage {
        let isThere = Files.exists(place)
        var damage = Damage(.store, place.string, isThere ? "it is no directory" : "it is missing")
        guard repairing else { return damage }
        let aside = isThere ? "\(try putAside(place)), and " : ""
        try Files.makeDirectory(place, mode: 0o700)
        damage.repair = "\(aside)made again"
        return damage
    }

    private func putAside(_ path: FilePath) throws -> String {
        var target = FilePath(path.string + ".damaged")
        // What an earlier repair has put there stays.
        if Files.exists(target) { target = FilePath(target.string + "-" + LiveDirectory.randomName()) }
        try Files.rename(path, to: target)
        return "what was there is \(target)"
    }
}

extension Damage {
    /// True if something else is where the store's lock or metadata have to be.
    var isInTheWay: Bool { kind == .store && repair == nil && problem == PlaceVerification.noFile }
}
