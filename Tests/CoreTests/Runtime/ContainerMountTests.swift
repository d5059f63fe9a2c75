import CLinux
import Glibc
import Logging
import Synchronization
import SystemPackage
import Testing

@testable import Host
@testable import Mount
@testable import Runtime

@Suite("What is mounted in a container's root", isRoot)
struct ContainerMountTests {
    private let place: TemporaryDirectory
    private let source: FilePath

    init() throws {
        place = try TemporaryDirectory()
        source = try place.directory("source")
        try place.file("source/file", Array("content".utf8))
    }

    /// Runs `body` with a new root, with /proc and /sys in it, as init has when it mounts.
    private func inRoot<Value: Sendable>(
        _ mounts: [ContainerMount], copying: Bool = true, denying denied: MountTree.Denial = [],
        masked: [FilePath] = [],
        taking host: @escaping @Sendable () throws -> Void = {},
        prepare: @escaping @Sendable () throws -> Void = {},
        _ body: @escaping @Sendable () throws -> Value
    ) throws -> Value {
        let root = place.path.appending("root")
        if !Files.exists(root) { try Files.makeDirectory(root) }
        return try PrivateMountNamespace.run {
            try Mounting.mountNew("tmpfs", at: root)
            for name in ["proc", "sys", "etc"] { try Files.makeDirectory(root.appending(name)) }
            try Mounting.mountNew("proc", at: root.appending("proc"))
            try Mounting.mountNew("sysfs", at: root.appending("sys"))
            try host()
            let taken = try TakenMounts(mounts, copying: copying)
            try systemCall("chroot", root) { chroot($0) }
            try systemCall("chdir", "/") { chdir("/") }
            try prepare()
            try taken.attach(denying: denied, masked: masked, logger: Logger(label: "test"))
            return try body()
        }
    }

    private func mount(_ target: FilePath, _ change: (inout ContainerMount) -> Void = { _ in })
        -> ContainerMount
    {
        var mount = ContainerMount(.host(source, inside: nil), at: target)
        change(&mount)
        return mount
    }

    private static func write(_ path: FilePath) -> Errno? {
        do { try Files.create(path, "x") } catch { return error.errno }
        return nil
    }

    @Test("A directory and a file of the host, where nothing was", arguments: [true, false])
    func binds(copying: Bool) throws {
        let file = ContainerMount(.host(source.appending("file"), inside: nil), at: "/etc/a/b")
        let seen = try inRoot([mount("/data/deep"), file], copying: copying) {
            #expect(Self.write("/data/deep/new") == nil)
            return try [Files.read("/data/deep/file"), Files.read("/etc/a/b")]
        }
        #expect(seen == ["content", "content"])
        #expect(Files.exists(source.appending("new")))
    }

    @Test("Read-only, it cannot be written to, nor what is mounted below it", arguments: [true, false])
    func readOnly(copying: Bool) throws {
        let below = source.appending("below")
        try Files.makeDirectory(below)
        let results = try [ContainerMount.ReadOnly.yes, .alone, .no].map { readOnly in
            try inRoot(
                [mount("/data") { $0.readOnly = readOnly }], copying: copying,
                taking: { try Mounting.mountNew("tmpfs", at: below) }
            ) {
                ["/data/x-\(readOnly)", "/data/below/x-\(readOnly)"].map { Self.write(FilePath($0)) }
            }
        }
        let readOnly = Errno.readOnlyFileSystem
        #expect(results[0] == [readOnly, copying ? readOnly : nil])
        #expect(results[1] == [readOnly, nil])
        #expect(results[2] == [nil, nil])
        #expect(Files.exists(source.appending("x-no")))
    }

    @Test("That all of it is read-only is an error where the kernel cannot do it")
    func throughout() throws {
        #expect(throws: InitFailure.self) {
            try inRoot([mount("/data") { $0.readOnly = .throughout }], copying: false) {}
        }
        let result = try inRoot([mount("/data") { $0.readOnly = .throughout }]) { Self.write("/data/x") }
        #expect(result == .readOnlyFileSystem)
    }

    @Test("Devices, programs and privileges can be denied", arguments: [true, false])
    func denied(copying: Bool) throws {
        let flags = try inRoot(
            [mount("/a") { $0.denied = [.programs, .privileges] }, mount("/b")], copying: copying,
            denying: .devices
        ) {
            try ["/a", "/b"].map { path in
                var status = statfs()
                try systemCall("statfs", path) { statfs(path, &status) }
                return Int(status.f_flags) & (MS_NODEV | MS_NOEXEC | MS_NOSUID | MS_RDONLY)
            }
        }
        #expect(flags == [MS_NODEV | MS_NOEXEC | MS_NOSUID, MS_NODEV])
    }

    @Test("A file system in memory has its options, and else the mode of the directory")
    func memory() throws {
        let small = ContainerMount(.memory(options: "size=64k,mode=700"), at: "/small")
        let old = ContainerMount(.memory(options: ""), at: "/etc/old")
        let modes = try inRoot(
            [small, old],
            prepare: {
                try Files.makeDirectory("/etc/old", mode: 0o1770)
            }
        ) {
            var status = statfs()
            try systemCall("statfs", "/small") { statfs("/small", &status) }
            #expect(status.f_blocks * UInt(status.f_bsize) == 64 << 10)
            return ["/small", "/etc/old"].compactMap { Files.status($0)?.st_mode }
        }
        #expect(modes.map { $0 & 0o7777 } == [0o700, 0o1770])
    }

    @Test("A link inside the root is followed there, and `..` never leaves it")
    func links() throws {
        let seen = try inRoot(
            [mount("/link/data"), mount("/up/../../../etc/there")],
            prepare: {
                try Files.makeLink(to: "/etc", at: "/link")
                try Files.makeDirectory("/up")
            }
        ) {
            try [Files.read("/etc/data/file"), Files.read("/etc/there/file")]
        }
        #expect(seen == ["content", "content"])
    }

    @Test(
        "A target that leads into /proc, or over a link into /sys, is refused",
        arguments: [
            "/proc", "/proc/sys", "/proc/self/attr", "/to-proc", "/to-proc/sys/kernel", "/to-fd", "/to-cwd",
            "/to-sys/kernel", "/to-root", "/etc/../proc/sys", "/to-meminfo", "/to-nothing", "/sys/firmware",
            "/sys",
        ])
    func refused(target: String) throws {
        let failure = #expect(throws: InitFailure.self) {
            try inRoot(
                [mount(FilePath(target))], masked: ["/sys/firmware"],
                prepare: {
                    for (name, text) in [
                        ("to-proc", "/proc"), ("to-fd", "/proc/self/fd/0"), ("to-cwd", "/proc/self/cwd"),
                        ("to-sys", "/sys"), ("to-root", "/"), ("to-meminfo", "/proc/meminfo"),
                        ("to-nothing", "/no/such"),
                    ] { try Files.makeLink(to: text, at: FilePath("/\(name)")) }
                }
            ) {}
        }
        #expect(failure?.subject.contains(target) == true, "\(failure as Any)")
    }

    @Test("Below /sys, and on a file that counts what may be used, it is as in docker")
    func allowed() throws {
        let file = ContainerMount(.host(source.appending("file"), inside: nil), at: "/proc/uptime")
        let seen = try inRoot([file, mount("/sys/kernel")], masked: ["/sys/firmware"]) {
            try [Files.read("/proc/uptime"), Files.read("/sys/kernel/file")]
        }
        #expect(seen == ["content", "content"])
    }

    @Test("A path in a volume leads over no link out of it")
    func subpath() throws {
        try Files.makeDirectory(source.appending("in"))
        try Files.makeLink(to: "/etc", at: source.appending("out"))
        func take(_ inside: FilePath) throws {
            _ = try inRoot([ContainerMount(.host(source, inside: inside), at: "/data")]) {}
        }
        try take("in")
        for path in ["out", "../source", "in/../../source"] as [FilePath] {
            #expect(throws: InitFailure.self) { try take(path) }
        }
    }

    @Test("A directory cannot be mounted on a file, nor the other way round")
    func kinds() throws {
        let file = ContainerMount(.host(source.appending("file"), inside: nil), at: "/etc")
        for mount in [mount("/etc/passwd"), file] {
            let failure = #expect(throws: InitFailure.self) {
                try inRoot([mount], prepare: { try Files.create("/etc/passwd") }) {}
            }
            #expect(failure?.errno == .notDirectory)
        }
    }

    @Test("Who changes the directory meanwhile cannot have it mounted over /proc or outside")
    func raced() throws {
        let (source, shared) = (source, source.appending("shared"))
        for name in ["shared", "shared/real", "shared/real/sys", "shared/real/kernel"] {
            try Files.makeDirectory(source.appending(name))
        }
        try Files.makeLink(to: "/proc", at: shared.appending("link"))
        let isOver = Atomic(false)
        let swapper = try WorkerThread {
            let (one, other) = (shared.appending("real").string, shared.appending("link").string)
            while !isOver.load(ordering: .relaxed) {
                clx_renameat2(AT_FDCWD, one, AT_FDCWD, other, clx_RENAME_EXCHANGE)
            }
        }
        let root = place.path.appending("root").string
        for _ in 0..<200 {
            do {
                // What is mounted there can be read, wherever it is.
                let table = try inRoot([
                    ContainerMount(.host(source, inside: nil), at: "/data"),
                    ContainerMount(.memory(options: ""), at: "/data/shared/real/sys"),
                ]) { try Files.read("/proc/thread-self/mountinfo") }
                let places = table.split(separator: "\n").map { $0.split(separator: " ")[4] }
                #expect(!places.contains { $0.hasPrefix("/proc/") }, "\(places)")
                #expect(places.contains { $0.hasPrefix("/data/shared/") }, "\(places)")
                #expect(!places.contains { $0.hasPrefix(root + "/proc/") }, "\(places)")
            } catch let failure as InitFailure {
                #expect(
                    [.permissionDenied, .noSuchFileOrDirectory, .notDirectory].contains(failure.errno),
                    "\(failure)")
            }
        }
        isOver.store(true, ordering: .relaxed)
        try swapper.join()
    }

    @Test("Later mounts of the host are seen below it only if that is asked for")
    func propagation() throws {
        let source = source
        try Files.makeDirectory(source.appending("later"))
        let seen = try PrivateMountNamespace.run {
            try Mounting.mountNew("tmpfs", at: source)
            try Files.makeDirectory(source.appending("later"))
            try Mounting.propagate(.isShared, at: source, recursive: false)
            return try [MountTree.Propagation.isPrivate, .isSlave, .isShared].map { propagation in
                let tree = try MountTree(of: Descriptor(source, clx_O_PATH), recursive: true)
                try tree.propagate(propagation, recursive: true)
                let other = source.parent.appending("other-\(propagation)")
                try Files.makeDirectory(other)
                try tree.attach(to: Descriptor(other, clx_O_PATH))
                try Mounting.mountNew("tmpfs", at: source.appending("later"))
                try Files.create(source.appending("later/file"))
                defer { try? Mounting.detach(source.appending("later")) }
                return Files.exists(other.appending("later/file"))
            }
        }
        #expect(seen == [false, true, true])
    }
}
