import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Mount

@Suite(
    "File systems in files", isRoot,
    .enabled(if: access("/dev/loop-control", F_OK) == 0, "there are no loop devices"),
    .enabled(if: access("/sbin/mkfs.ext4", X_OK) == 0, "mkfs.ext4 is not installed"))
struct ImageMountTests {
    private let directory: TemporaryDirectory
    private let image: FilePath

    init() throws {
        directory = try TemporaryDirectory()
        image = directory.path.appending("an image: \\ of, ext4")
        try MountPlan([.run(ProgramCall("mkfs.ext4", ["-q", image.string, "1M"]))]).execute()
    }

    private func step(at name: String, type: String = "ext4") -> MountStep {
        .mount(
            FileSystemMount(
                type: type, source: image.string, target: directory.path.appending(FilePath(name).components),
                readOnly: true, options: [.flag("noload")], isImage: true))
    }

    /// The loop devices that show the image.
    private static func devices(of image: FilePath) -> [String] {
        ((try? Files.list("/sys/block")) ?? []).filter {
            (try? Files.read(FilePath("/sys/block/\($0)/loop/backing_file"))) == image.string + "\n"
        }
    }

    @Test("All mounts of an image share one file system on one device, which goes with the last of them")
    func shared() throws {
        let (one, two) = (directory.path.appending("one"), directory.path.appending("two"))
        for path in [one, two] { try Files.makeDirectory(path) }
        let (first, second, image) = (step(at: "one"), step(at: "two"), image)
        try PrivateMountNamespace.run {
            try MountPlan([first]).execute()
            try PrivateMountNamespace.run { try MountPlan([second]).execute() }
            try MountPlan([second]).execute()
            #expect(Files.status(one)?.st_dev == Files.status(two)?.st_dev)
            #expect(Self.devices(of: image).count == 1)
            #expect(throws: SystemCallError.self) { try Files.create(one.appending("file")) }
            for path in [one, two] { try Mounting.detach(path) }
        }
        // The kernel may do it a little later.
        var attempts = 0
        while !Self.devices(of: image).isEmpty, attempts < 1000 {
            usleep(1000)
            attempts += 1
        }
        #expect(Self.devices(of: image) == [])
    }

    @Test("What is no image of that type is refused, and its device is free again")
    func refused() throws {
        try Files.makeDirectory(directory.path.appending("one"))
        let step = step(at: "one", type: "xfs")
        #expect(throws: MountError.self) { try PrivateMountNamespace.run { try MountPlan([step]).execute() } }
        var attempts = 0
        while !Self.devices(of: image).isEmpty, attempts < 1000 {
            usleep(1000)
            attempts += 1
        }
        #expect(Self.devices(of: image) == [])
    }

    @Test("Whoever may not use devices mounts what another process has opened")
    func handedOver() throws {
        let target = directory.path.appending("one")
        try Files.makeDirectory(target)
        guard case .mount(let mount) = step(at: "one") else { return }
        let sockets = try DescriptorPair.sockets()
        var devices: LoopDevices?
        let opened = try ImageMount(mount, &devices)
        #expect(clx_send_descriptor(sockets.first.rawValue, opened.descriptor) == 0)
        let received = clx_receive_descriptor(sockets.second.rawValue)
        try PrivateMountNamespace.run {
            try ImageMount(owning: received).attach(to: target, type: mount.type)
            #expect(try Files.list(target) == ["lost+found"])
        }
    }
}
