internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

extension ConformanceScene {
    /// Runs `body` with a store on a small file system of its own: what the driver needs, else a tmpfs.
    ///
    /// - Parameter size: of a tmpfs, in bytes; any other is at least as large as its type needs.
    func onDiskOfItsOwn(size: Int, _ body: (ConformanceScene) throws -> Void) throws {
        let disk = place.appending("disk")
        try Files.makeDirectory(disk)
        let target: FilePath
        if let ground = capabilities.ground {
            target = try GroundFile.mount(ground, size: size, in: disk)
        } else {
            target = disk.appending("mounted")
            try Files.makeDirectory(target)
            try MountPlan([
                .mount(
                    FileSystemMount(
                        type: "tmpfs", source: "small", target: target, options: [.string("size", "\(size)")])
                )
            ]).execute()
        }
        defer { GroundFile.unmount(target) }
        try body(ConformanceScene(driver, in: target))
    }

    /// What is free on the file system of the store, in bytes, when everything is written.
    func free() throws -> Int {
        let path = snapshots.store.root.removingLastComponent()
        let directory = try Descriptor(path, O_RDONLY | O_DIRECTORY)
        // Some go on removing what is gone already only when they are told to.
        if clx_btrfs_sync(directory.rawValue) != 0 { clx_syncfs(directory.rawValue) }
        var status = statvfs()
        if fstatvfs(directory.rawValue, &status) != 0 { throw SystemCallError("statvfs", path) }
        return Int(status.f_bfree) * Int(status.f_frsize)
    }

    /// Waits until so much is free; what is removed may go on in the background.
    ///
    /// - Throws: ``ConformanceFailure`` if it does not come within a minute.
    func expectFree(_ expected: Int, _ what: String) throws {
        var free = try self.free()
        for _ in 0..<600 where free < expected {
            usleep(100_000)
            free = try self.free()
        }
        try expect(free >= expected, "\(what): \(free) bytes are free, expected \(expected)")
    }
}

extension Tree {
    /// Writes data that nothing makes smaller over a file, from its beginning, until it fails.
    ///
    /// - Returns: how much was written, and why no more, if not all.
    func overwrite(_ name: String, bytes: Int) throws -> (written: Int, failure: Errno?) {
        let file = try Descriptor(path(name), O_WRONLY | O_CREAT | O_NOFOLLOW, mode: 0o644)
        var state = UInt64(bytes) | 1
        var chunk = [UInt64](repeating: 0, count: 8192)
        var written = 0
        while written < bytes {
            for index in chunk.indices {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                chunk[index] = state
            }
            let wanted = min(chunk.count * 8, bytes - written)
            let count = chunk.withUnsafeBytes { Glibc.write(file.rawValue, $0.baseAddress, wanted) }
            if count < 0 { return (written, .current) }
            written += count
        }
        // Only now do some file systems look for a place for it.
        return fsync(file.rawValue) == 0 ? (written, nil) : (written, .current)
    }
}
