internal import Host
internal import Runtime
internal import Storage
internal import SystemPackage

/// The containers' names, each a link in the store's directory of names, and the rule for them, docker's and podman's.
enum ContainerName {
    /// - Throws: ``RunError/invalidName(_:)``: names become parts of paths.
    static func validate(_ name: String) throws(RunError) {
        let isValid =
            name.utf8.count <= 128 && name.first.map { $0.isASCII && ($0.isLetter || $0.isNumber) } == true
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".-_".contains($0)) }
        guard isValid else { throw .invalidName(name) }
    }

    /// Takes a name for a container.
    ///
    /// - Throws: ``RunError/nameTaken(_:)``, ``SystemCallError``.
    static func take(_ name: String, for id: String, in store: Store) throws {
        if store.isReadOnly, Files.exists(store.onDisk.names.appending(FilePath(name).components)) {
            throw RunError.nameTaken(name)
        }
        do { try Files.makeLink(to: id, at: store.names.appending(FilePath(name).components)) } catch {
            throw error.errno == .fileExists ? RunError.nameTaken(name) : error
        }
    }

    /// The links that lead to a container.
    static func links(to id: String, in store: Store) throws(SystemCallError) -> [FilePath] {
        try Files.list(store.names, following: false).map { store.names.appending(FilePath($0).components) }
            .filter { (try? Files.readLink($0)) == id }
    }

    /// Gives a container's name free, if it has one.
    static func release(of id: String, in store: Store) {
        for link in (try? links(to: id, in: store)) ?? [] { try? Files.remove(link) }
    }
}
