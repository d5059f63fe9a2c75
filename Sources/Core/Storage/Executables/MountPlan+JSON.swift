internal import Mount
internal import SystemPackage

/// Reads a plan as `--dry-run` prints it; see ``MountPlan/encode(to:)``.
extension MountPlan {
    /// The most steps that a plan may have.
    static let mostSteps = 2000

    init(_ field: DriverField) throws(DriverField.Wrong) {
        let elements = try field.elements()
        guard elements.count <= Self.mostSteps else {
            throw field.wrong("has more than \(Self.mostSteps) steps")
        }
        var steps: [MountStep] = []
        for element in elements { steps.append(try MountStep(element)) }
        self.init(steps)
    }
}

extension MountStep {
    fileprivate init(_ field: DriverField) throws(DriverField.Wrong) {
        let step = try field.object()
        let kind = try step["step"].string()
        switch kind {
        case "mount":
            self = .mount(
                FileSystemMount(
                    type: try step["type"].string(), source: try step["source"].string(),
                    target: try step["target"].path(),
                    readOnly: try step["readOnly"].ifPresent?.bool() ?? false,
                    options: try Self.options(step["options"]),
                    scratchFlag: try step["scratchFlag"].ifPresent?.string(),
                    isImage: try step["image"].ifPresent?.bool() ?? false))
        case "reconfigure":
            self = .reconfigure(
                target: try step["target"].path(), type: try step["type"].string(),
                options: try Self.options(step["options"]))
        case "bind":
            self = .bind(
                source: try step["source"].path(), target: try step["target"].path(),
                readOnly: try step["readOnly"].ifPresent?.bool() ?? false)
        case "detach": self = .detach(target: try step["target"].path())
        case "verify-layers":
            var sources: [LayerCheck.Source] = []
            for source in try step["sources"].elements() { sources.append(try .init(source)) }
            self = .verifyLayers(
                LayerCheck(
                    target: try step["target"].path(), expected: try step["layers"].count(), sources: sources)
            )
        case "run": self = .run(try Self.call(step))
        case "serve": self = .serve(try Self.call(step), target: try step["target"].path())
        case "protect": self = .protect(file: try step["target"].path())
        case "clear": self = .clear(directory: try step["target"].path())
        default: throw step["step"].wrong("is none of the steps of a plan")
        }
    }

    private static func call(_ step: DriverObject) throws(DriverField.Wrong) -> ProgramCall {
        var arguments: [String] = []
        for argument in try step["arguments"].ifPresent?.elements() ?? [] {
            arguments.append(try argument.string())
        }
        return ProgramCall(try step["program"].string(), arguments)
    }

    private static func options(_ field: DriverField) throws(DriverField.Wrong) -> [MountOption] {
        var options: [MountOption] = []
        for option in try field.ifPresent?.elements() ?? [] { options.append(try MountOption(option)) }
        return options
    }
}

extension MountOption {
    fileprivate init(_ field: DriverField) throws(DriverField.Wrong) {
        if case .string = field.value {
            let text = try field.string()
            guard let end = text.firstIndex(of: "=") else {
                self = .flag(text)
                return
            }
            self = .string(String(text[..<end]), String(text[text.index(after: end)...]))
            return
        }
        let option = try field.object()
        if option["layers"].ifPresent != nil {
            var layers: [LayerList.Layer] = []
            for layer in try option["layers"].elements() { layers.append(try .init(layer)) }
            self = .layers(
                LayerList(
                    layers, perLayerKey: try option["perLayer"].ifPresent?.string(),
                    prefix: try option["prefix"].string(),
                    separator: try option["separator"].ifPresent?.string() ?? ":"))
            return
        }
        let name = try option["name"].string()
        if option["directory"].ifPresent != nil {
            let directory = try option["directory"].path()
            if let file = try option["file"].ifPresent?.string() {
                self = .file(name, in: directory, name: file)
            } else {
                self = .directory(name, directory)
            }
        } else {
            self = try option["optional"].bool() ? .optional(name) : .flag(name)
        }
    }
}

extension LayerList.Layer {
    fileprivate init(_ field: DriverField) throws(DriverField.Wrong) {
        if case .string = field.value {
            self.init(try field.path())
            return
        }
        let layer = try field.object()
        self.init(try layer["directory"].path(), suffix: try layer["suffix"].ifPresent?.string() ?? "")
    }
}

extension LayerCheck.Source {
    fileprivate init(_ field: DriverField) throws(DriverField.Wrong) {
        let source = try field.object()
        let option = try source["option"].string()
        if source["directory"].ifPresent != nil {
            self = .directory(
                prefix: try source["directory"].string(), option: option,
                entryPrefix: try source["entries"].string())
        } else {
            self = .option(key: option, separator: try source["separator"].ifPresent?.string())
        }
    }
}
