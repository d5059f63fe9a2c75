internal import CLinux
package import DriverKit
internal import Glibc
internal import Host
internal import SystemPackage

/// That a driver was tried and works: a file in the driver's directory of the store.
///
/// It holds good until the next boot, on the file system that it was found out on. It is a hint, not a promise: a
/// mount that fails all the same says so, and is reason to ``forget()``.
package struct ProbeMemory {
    private let file: FilePath
    private let directory: FilePath
    /// What was told, if this is about that.
    private let text: String

    /// Changes with every boot (random(4)).
    static let boot: FilePath = "/proc/sys/kernel/random/boot_id"

    package init(of driver: String, in store: Store) {
        directory = store.snapshots(of: driver).parent
        file = directory.appending("works")
        text = ""
    }

    /// The same of a driver that may be a program of its own: of this executable, and none after it.
    package init(of driver: any StorageDriver, in store: Store) {
        directory = store.snapshots(of: driver.name).parent
        file = directory.appending("works")
        text = (driver as? ExecutableDriver)?.executable.identity ?? ""
    }

    /// The same of something that users were told when the driver was chosen, and need not be told again.
    package init(of driver: String, in store: Store, telling text: String) {
        directory = store.snapshots(of: driver).parent
        file = directory.appending("told")
        self.text = text
    }

    /// True if what is remembered is about this kernel and this file system.
    package var isValid: Bool {
        guard let content = try? Files.read(file), !content.isEmpty else { return false }
        return content == state
    }

    /// Remembers that the driver works; what cannot be written is found out again.
    package func remember() {
        let new = FilePath("\(file).\(LiveDirectory.randomName())")
        do {
            try Files.makeDirectories(directory, mode: 0o700)
            guard let state else { return }
            try Files.create(new, state)
            try Files.rename(new, to: file)
        } catch {
            try? Files.remove(new)
        }
    }

    /// Finds out again next time.
    package func forget() {
        try? Files.remove(file)
    }

    /// The boot and the file system: its device number and, as that may be given again, its own identifier.
    private var state: String? {
        var status = stat()
        var system = statfs()
        guard let boot = try? Files.read(Self.boot), stat(directory.string, &status) == 0,
            statfs(directory.string, &system) == 0
        else { return nil }
        return
            "\(boot)\(status.st_dev) \(system.f_type) \(system.f_fsid.__val.0) \(system.f_fsid.__val.1)\n\(text)"
    }
}
