import CLinux
import Core
import Glibc
import SystemPackage
import Testing

/// A chain of layer directories on disk and the snapshot on top of it, gone with this value.
final class LayerChain {
    let directory: FilePath
    private(set) var layers: [SnapshotDirectory] = []
    let snapshot: SnapshotDirectory
    let target: FilePath
    let driver: any StorageDriver

    /// - Parameter name: the directory that all of it is in, which may be odd.
    init(_ driver: any StorageDriver, name: String = "chain") throws {
        self.driver = driver
        directory = try makeTestDirectory()
        let place = directory.appending(FilePath(name).components)
        try Self.makeDirectory(place)
        snapshot = SnapshotDirectory(place.appending("snapshot"))
        target = place.appending("merged")
        for path in [snapshot.path, target] { try Self.makeDirectory(path) }
        layersPlace = place.appending("layers")
        try Self.makeDirectory(layersPlace)
    }

    private let layersPlace: FilePath

    deinit {
        remove(directory.string)
    }

    static func makeDirectory(_ path: FilePath) throws {
        var made = FilePath(root: path.root, [])
        for component in path.components {
            made.append(component)
            let result = made.withPlatformString { mkdir($0, 0o755) }
            try #require(result == 0 || errno == EEXIST, "mkdir \(made): \(errno)")
        }
    }

    /// Adds a layer above the others, with these files in it and these deleted.
    func addLayer(_ files: [String], deleting deleted: [String] = []) throws {
        let made = SnapshotDirectory(layersPlace.appending("\(layers.count)"))
        let layer = made.layer
        try Self.makeDirectory(layer)
        if !driver.layers.isUnion, let below = layers.first { try copy(below.layer, to: layer) }
        for file in files { try makeFile(layer.appending(file), "\(layers.count)") }
        for file in deleted { try delete(file, in: layer) }
        layers.insert(made, at: 0)
    }

    private func makeFile(_ path: FilePath, _ text: String) throws {
        try Self.makeDirectory(path.removingLastComponent())
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .ownerReadWrite)
        try file.closeAfter { _ = try file.writeAll(Array(text.utf8)) }
    }

    /// Deletes a file of a lower layer in the driver's own form.
    private func delete(_ name: String, in layer: FilePath) throws {
        let path = layer.appending(name)
        switch driver.layers.deletions {
        case .device:
            try Self.makeDirectory(path.removingLastComponent())
            try #require(path.withPlatformString { clx_mknodat(AT_FDCWD, $0, S_IFCHR, 0, 0) } == 0)
        case .prefix:
            let mark = path.removingLastComponent().appending(".wh.\(path.lastComponent?.string ?? "")")
            try makeFile(mark, "")
        case .none:
            _ = path.withPlatformString { unlink($0) }
        @unknown default:
            Issue.record("a deletion format that this test does not know")
        }
    }

    private func copy(_ source: FilePath, to target: FilePath) throws {
        for path in tree(source) where path.hasPrefix("f ") {
            try makeFile(
                target.appending(String(path.dropFirst(2).prefix { $0 != "=" })),
                String(path.split(separator: "=")[1]))
        }
    }

    /// Mounts the chain in a private namespace and tells what is seen there: "f NAME=CONTENT", "d NAME".
    func seen(_ access: RootAccess = .readOnly) throws -> [String] {
        try driver.create(snapshot, on: layers, for: .mounting(access))
        let plan = try driver.mounts(of: snapshot, on: layers, at: target, access: access)
        let target = target
        return try PrivateMountNamespace.run {
            try plan.execute()
            return tree(target)
        }
    }
}

/// "f NAME=CONTENT" and "d NAME" for everything below `root`, sorted.
func tree(_ root: FilePath) -> [String] {
    func walk(_ path: FilePath, _ name: String) -> [String] {
        guard let directory = opendir(path.string) else { return ["unreadable \(name)"] }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            let entryName = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if entryName == "." || entryName == ".." { continue }
            let full = name.isEmpty ? entryName : "\(name)/\(entryName)"
            let below = path.appending(FilePath(entryName).components)
            var status = stat()
            lstat(below.string, &status)
            if status.st_mode & S_IFMT == S_IFDIR {
                found += ["d \(full)"] + walk(below, full)
            } else {
                found.append("f \(full)=\(text(below))")
            }
        }
        return found
    }
    return walk(root, "").sorted()
}

private func text(_ path: FilePath) -> String {
    guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return "?" }
    defer { try? file.close() }
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = (try? bytes.withUnsafeMutableBytes { try file.read(into: $0) }) ?? 0
    return String(decoding: bytes.prefix(count), as: UTF8.self)
}

private func remove(_ path: String) {
    guard unlink(path) != 0 else { return }
    if let directory = opendir(path) {
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        closedir(directory)
        for name in names where name != "." && name != ".." { remove("\(path)/\(name)") }
    }
    rmdir(path)
}
