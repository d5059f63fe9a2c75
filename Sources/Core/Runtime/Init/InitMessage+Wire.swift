internal import Host
internal import Mount
internal import SystemPackage

extension InitMessage {
    /// The message as it goes through the pipe, without its length.
    var encoded: [UInt8] {
        var writer = WireWriter()
        writer.put(process)
        writer.put(root)
        writer.put(reaper)
        writer.put(imagesFollow)
        return writer.bytes
    }

    /// The message that `bytes` stand for.
    init(encoded bytes: [UInt8]) throws(WireReader.Malformed) {
        var reader = WireReader(bytes)
        process = try reader.process()
        root = try reader.root()
        reaper = try reader.bool()
        imagesFollow = try reader.bool()
        guard reader.isAtEnd else { throw WireReader.Malformed() }
    }
}

extension ProcessSpec {
    /// The command as it goes through the pipe, without its length.
    var encoded: [UInt8] {
        var writer = WireWriter()
        writer.put(self)
        return writer.bytes
    }

    /// The command that `bytes` stand for.
    init(encoded bytes: [UInt8]) throws(WireReader.Malformed) {
        var reader = WireReader(bytes)
        self = try reader.process()
        guard reader.isAtEnd else { throw WireReader.Malformed() }
    }
}

extension WireWriter {
    fileprivate mutating func put(_ process: ProcessSpec) {
        put(process.arguments) { $0.put($1) }
        put(process.environment) { $0.put($1) }
        put(process.workingDirectory)
        put(process.user)
        put(process.groups) { $0.put($1) }
        put(process.terminal)
        put(process.standardInput)
        put(Int(bitPattern: UInt(process.privileges.capabilities.bits)))
        put(process.privileges.filter)
        put(process.privileges.noNewPrivileges)
        put(process.limits) { writer, limit in
            writer.put(limit.name)
            writer.put(Int(bitPattern: UInt(limit.soft)))
            writer.put(Int(bitPattern: UInt(limit.hard)))
        }
        put(optional: process.oomScoreAdjustment) { $0.put($1) }
    }

    fileprivate mutating func put(_ root: RootSpec) {
        put(root.plan.steps) { $0.put($1) }
        put(root.mountPoint)
        put(root.readOnly)
        put(optional: root.hostname) { $0.put($1) }
        put(optional: root.domainName) { $0.put($1) }
        put(root.files) { writer, file in
            writer.put(file.path)
            writer.put(file.content)
        }
        put(root.mounts) { $0.put($1) }
        put(root.devices) { writer, device in
            writer.put(device.path)
            writer.put(device.isBlock)
            for number in [device.major, device.minor, device.mode, device.owner, device.group] {
                writer.put(Int(number))
            }
            writer.put(device.access)
            writer.put(device.source)
        }
        put(root.controlsDevices)
        put(root.restrictsKernelFileSystems)
        put(root.writableSystem)
        put(Int(root.sharedMemory))
        put(root.kernelSettings) { writer, setting in
            writer.put(setting.name)
            writer.put(setting.value)
        }
        put(root.ownsUsers)
        put(root.isUnprivileged)
        put(root.mayBeConfined)
    }
}

extension WireReader {
    fileprivate mutating func process() throws(Malformed) -> ProcessSpec {
        var process = ProcessSpec(
            arguments: try array { reader throws(Malformed) in try reader.data() })
        process.environment = try array { reader throws(Malformed) in try reader.data() }
        process.workingDirectory = try path()
        process.user = try string()
        process.groups = try array { reader throws(Malformed) in try reader.string() }
        process.terminal = try bool()
        process.standardInput = try bool()
        process.privileges.capabilities = CapabilitySet(bits: UInt64(UInt(bitPattern: try int())))
        process.privileges.filter = try data()
        process.privileges.noNewPrivileges = try bool()
        process.limits = try array { reader throws(Malformed) in
            ProcessLimit(
                name: try reader.string(), soft: UInt64(UInt(bitPattern: try reader.int())),
                hard: UInt64(UInt(bitPattern: try reader.int())))
        }
        process.oomScoreAdjustment = try optional { reader throws(Malformed) in try reader.int() }
        guard !process.arguments.isEmpty else { throw Malformed() }
        return process
    }

    fileprivate mutating func root() throws(Malformed) -> RootSpec {
        let plan = MountPlan(try array { reader throws(Malformed) in try reader.step() })
        let mountPoint = try path()
        let readOnly = try bool()
        let hostname = try optional { reader throws(Malformed) in try reader.string() }
        var root = RootSpec(plan: plan, mountPoint: mountPoint, hostname: hostname)
        root.readOnly = readOnly
        root.domainName = try optional { reader throws(Malformed) in try reader.string() }
        root.files = try array { reader throws(Malformed) in
            ContainerFile(path: try reader.path(), content: try reader.string())
        }
        root.mounts = try array { reader throws(Malformed) in try reader.mount() }
        root.devices = try array { reader throws(Malformed) in
            let path = try reader.path()
            let isBlock = try reader.bool()
            var numbers: [UInt32] = []
            for _ in 0..<5 { numbers.append(UInt32(truncatingIfNeeded: try reader.int())) }
            return DeviceNode(
                path: path, isBlock: isBlock, major: numbers[0], minor: numbers[1], mode: numbers[2],
                owner: numbers[3], group: numbers[4], access: try reader.string(),
                source: try reader.path())
        }
        root.controlsDevices = try bool()
        root.restrictsKernelFileSystems = try bool()
        root.writableSystem = try bool()
        root.sharedMemory = Int64(try int())
        root.kernelSettings = try array { reader throws(Malformed) in
            KernelSetting(name: try reader.string(), value: try reader.string())
        }
        root.ownsUsers = try bool()
        root.isUnprivileged = try bool()
        root.mayBeConfined = try bool()
        return root
    }
}

extension WireWriter {
    mutating func put(_ path: FilePath) {
        put(
            path.withPlatformString { start in
                var bytes: [UInt8] = []
                var next = start
                while next.pointee != 0 {
                    bytes.append(UInt8(bitPattern: next.pointee))
                    next += 1
                }
                return bytes
            })
    }

    fileprivate mutating func put(_ step: MountStep) {
        switch step {
        case .mount(let mount):
            put(0)
            put(mount.type)
            put(mount.source)
            put(mount.target)
            put(mount.readOnly)
            put(mount.options) { $0.put($1) }
            put(mount.isImage)
        case .reconfigure(let target, let type, let options):
            put(1)
            put(target)
            put(type)
            put(options) { $0.put($1) }
        case .bind(let source, let target, let readOnly):
            put(2)
            put(source)
            put(target)
            put(readOnly)
        case .detach(let target):
            put(3)
            put(target)
        case .verifyLayers(let check):
            put(4)
            put(check.target)
            put(check.expected)
            put(check.sources) { $0.put($1) }
        case .run(let call):
            put(5)
            put(call)
        case .serve(let call, let target):
            put(6)
            put(call)
            put(target)
        case .protect(let file):
            put(7)
            put(file)
        case .clear(let directory):
            put(8)
            put(directory)
        case .attach(let descriptor, let target):
            put(9)
            put(Int(descriptor))
            put(target)
        }
    }

    private mutating func put(_ call: ProgramCall) {
        put(call.program)
        put(call.arguments) { $0.put($1) }
    }

    private mutating func put(_ option: MountOption) {
        switch option {
        case .flag(let key):
            put(0)
            put(key)
        case .string(let key, let value):
            put(1)
            put(key)
            put(value)
        case .directory(let key, let path):
            put(2)
            put(key)
            put(path)
        case .file(let key, let path, let name):
            put(3)
            put(key)
            put(path)
            put(name)
        case .layers(let list):
            put(4)
            put(list.layers) {
                $0.put($1.directory)
                $0.put($1.suffix)
            }
            put(optional: list.perLayerKey) { $0.put($1) }
            put(list.prefix)
            put(list.separator)
        case .optional(let key):
            put(5)
            put(key)
        }
    }

    private mutating func put(_ source: LayerCheck.Source) {
        switch source {
        case .option(let key, let separator):
            put(0)
            put(key)
            put(optional: separator) { $0.put($1) }
        case .directory(let prefix, let option, let entryPrefix):
            put(1)
            put(prefix)
            put(option)
            put(entryPrefix)
        }
    }
}

extension WireReader {
    mutating func path() throws(Malformed) -> FilePath {
        let bytes = try data()
        guard !bytes.contains(0) else { throw Malformed() }
        return FilePath(bytes: bytes)
    }

    fileprivate mutating func step() throws(Malformed) -> MountStep {
        switch try int() {
        case 0:
            .mount(
                FileSystemMount(
                    type: try string(), source: try string(), target: try path(), readOnly: try bool(),
                    options: try options(), isImage: try bool()))
        case 1: .reconfigure(target: try path(), type: try string(), options: try options())
        case 2: .bind(source: try path(), target: try path(), readOnly: try bool())
        case 3: .detach(target: try path())
        case 4:
            .verifyLayers(
                LayerCheck(
                    target: try path(), expected: try int(),
                    sources: try array { reader throws(Malformed) in try reader.source() }))
        case 5: .run(try call())
        case 6: .serve(try call(), target: try path())
        case 7: .protect(file: try path())
        case 8: .clear(directory: try path())
        case 9: .attach(descriptor: Int32(truncatingIfNeeded: try int()), target: try path())
        default: throw Malformed()
        }
    }

    private mutating func call() throws(Malformed) -> ProgramCall {
        ProgramCall(try string(), try array { reader throws(Malformed) in try reader.string() })
    }

    private mutating func options() throws(Malformed) -> [MountOption] {
        try array { reader throws(Malformed) in try reader.option() }
    }

    private mutating func option() throws(Malformed) -> MountOption {
        switch try int() {
        case 0: .flag(try string())
        case 1: .string(try string(), try string())
        case 2: .directory(try string(), try path())
        case 3: .file(try string(), in: try path(), name: try string())
        case 4:
            .layers(
                LayerList(
                    try array { reader throws(Malformed) in
                        LayerList.Layer(try reader.path(), suffix: try reader.string())
                    },
                    perLayerKey: try optional { reader throws(Malformed) in try reader.string() },
                    prefix: try string(), separator: try string()))
        case 5: .optional(try string())
        default: throw Malformed()
        }
    }

    private mutating func source() throws(Malformed) -> LayerCheck.Source {
        switch try int() {
        case 0:
            .option(
                key: try string(), separator: try optional { reader throws(Malformed) in try reader.string() }
            )
        case 1: .directory(prefix: try string(), option: try string(), entryPrefix: try string())
        default: throw Malformed()
        }
    }
}
