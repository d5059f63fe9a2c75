internal import Host
internal import Mount
internal import SystemPackage

extension InitMessage {
    /// The message as it goes through the pipe, without its length.
    var encoded: [UInt8] {
        var writer = WireWriter()
        writer.put(arguments) { $0.put($1) }
        writer.put(environment) { $0.put($1) }
        writer.put(plan.steps) { $0.put($1) }
        writer.put(root)
        writer.put(readOnlyRoot)
        writer.put(hostname)
        writer.put(workingDirectory)
        writer.put(user)
        writer.put(terminal)
        writer.put(standardInput)
        writer.put(reaper)
        writer.put(isolation)
        writer.put(imagesFollow)
        return writer.bytes
    }

    /// The message that `bytes` stand for.
    init(encoded bytes: [UInt8]) throws(WireReader.Malformed) {
        var reader = WireReader(bytes)
        arguments = try reader.array { reader throws(WireReader.Malformed) in try reader.data() }
        environment = try reader.array { reader throws(WireReader.Malformed) in try reader.data() }
        plan = MountPlan(try reader.array { reader throws(WireReader.Malformed) in try reader.step() })
        root = try reader.path()
        readOnlyRoot = try reader.bool()
        hostname = try reader.string()
        workingDirectory = try reader.path()
        user = try reader.string()
        terminal = try reader.bool()
        standardInput = try reader.bool()
        reaper = try reader.bool()
        isolation = try reader.isolation()
        imagesFollow = try reader.bool()
        guard reader.isAtEnd && !arguments.isEmpty else { throw WireReader.Malformed() }
    }
}

extension WireWriter {
    fileprivate mutating func put(_ path: FilePath) {
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

extension WireWriter {
    fileprivate mutating func put(_ isolation: Isolation) {
        put(Int(bitPattern: UInt(isolation.capabilities.bits)))
        put(isolation.filter)
        put(isolation.noNewPrivileges)
        put(isolation.restrictsKernelFileSystems)
        put(isolation.controlsDevices)
        put(isolation.writableSystem)
        put(isolation.devices) { writer, device in
            writer.put(device.path)
            writer.put(device.isBlock)
            for number in [device.major, device.minor, device.mode, device.owner, device.group] {
                writer.put(Int(number))
            }
            writer.put(device.access)
        }
    }
}

extension WireReader {
    fileprivate mutating func isolation() throws(Malformed) -> Isolation {
        var isolation = Isolation()
        isolation.capabilities = CapabilitySet(bits: UInt64(UInt(bitPattern: try int())))
        isolation.filter = try data()
        isolation.noNewPrivileges = try bool()
        isolation.restrictsKernelFileSystems = try bool()
        isolation.controlsDevices = try bool()
        isolation.writableSystem = try bool()
        isolation.devices = try array { reader throws(Malformed) in
            let path = try reader.path()
            let isBlock = try reader.bool()
            var numbers: [UInt32] = []
            for _ in 0..<5 { numbers.append(UInt32(truncatingIfNeeded: try reader.int())) }
            return DeviceNode(
                path: path, isBlock: isBlock, major: numbers[0], minor: numbers[1], mode: numbers[2],
                owner: numbers[3], group: numbers[4], access: try reader.string())
        }
        return isolation
    }
}

extension WireReader {
    fileprivate mutating func path() throws(Malformed) -> FilePath {
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
