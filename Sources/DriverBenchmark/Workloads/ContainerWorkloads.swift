internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// What is measured with whole containers, by the program's own commands, its start included.
struct ContainerWorkloads: Sendable {
    let program: FilePath
    let store: Store
    let place: FilePath
    let size: BenchmarkSize

    /// Starting containers.
    var start: [Workload] {
        [
            Workload(
                "start", "run a container up to its first byte of output; bare: the same program without one"
            ) {
                root in
                try firstByte(of: command(root, "start-0"))
            },
            Workload(
                "start-parallel",
                "\(size.crowd) containers at once on one image, from the first start to the last end",
                repetitions: 5
            ) { root in
                let commands = try (0..<size.crowd).map { try command(root, "start-\($0)") }
                return try Stopwatch.time {
                    let programs = try commands.map { try Child($0) }
                    for program in programs { try program.expectSuccess() }
                }
            },
        ]
    }

    /// Changing one file of images of different sizes.
    var images: [Workload] {
        size.images.flatMap { files in
            [
                Workload(
                    "diff-\(files)", "diff of a container that changed one file of an image of \(files)",
                    repetitions: 5,
                    hasBare: false
                ) { root in
                    let container = try changed(root, files)
                    return try Stopwatch.time {
                        try Child([program.string, "diff", container], store).expectSuccess()
                    }
                },
                Workload(
                    "commit-\(files)",
                    "commit of a container that changed one file of an image of \(files), durable",
                    repetitions: 5, hasBare: false
                ) { root in
                    let container = try changed(root, files)
                    return try Stopwatch.time {
                        try Child([program.string, "commit", container, "bench-new"], store).expectSuccess()
                    }
                },
            ]
        }
    }

    /// A static program that can be run in a root where there is nothing else.
    private func busybox() throws -> FilePath {
        guard
            let path = ["/bin/busybox", "/usr/bin/busybox"].map({ FilePath($0) }).first(where: Files.exists)
        else {
            throw NotMeasured(reason: "there is no /bin/busybox to run in a container")
        }
        return path
    }

    /// A directory with a program to run, and perhaps other files.
    private func rootFS(_ files: Int) throws -> FilePath {
        let path = place.appending("rootfs-\(files)")
        if Files.isDirectory(path) { return path }
        let source = try busybox()
        let making = place.appending("rootfs-new")
        try Files.makeDirectory(making)
        if files > 0 { try Ground.files(files).write(layer: 0, in: making) }
        try FileWork.copy(source, to: making.appending("busybox"), mode: 0o755)
        try Files.rename(making, to: path)
        return path
    }

    private func command(_ root: any BenchmarkRoot, _ name: String) throws -> Child.Command {
        let directory = try rootFS(0)
        if root is BareRoot { return .init([directory.appending("busybox").string, "echo", "here"], store) }
        return .init(
            [
                program.string, "run", "--storage", root.name, "--rootfs", directory.string, "/busybox",
                "echo",
                "here",
            ], store)
    }

    private func firstByte(of command: Child.Command) throws -> Double {
        let start = Stopwatch.now()
        let child = try Child(command)
        let time = try child.firstByte() - start
        try child.expectSuccess()
        return time
    }

    /// A kept container that has changed one file of an image of so many.
    private func changed(_ root: any BenchmarkRoot, _ files: Int) throws -> String {
        let (image, name) = ("bench-\(files)", "bench-\(files)-\(root.name)")
        let made = place.appending(FilePath(name).components)
        if Files.exists(made) { return name }
        try Child([program.string, "image", "import", rootFS(files).string, image], store).expectSuccess()
        try Child(
            [
                program.string, "run", "--storage", root.name, "--keep", "--name", name, "--image", image,
                "/busybox",
                "sh", "-c", "echo >> /dir-0/file-0",
            ], store
        ).expectSuccess()
        try Files.create(made)
        return name
    }
}
