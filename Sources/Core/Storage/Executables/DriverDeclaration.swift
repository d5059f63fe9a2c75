internal import DriverKit
internal import SystemPackage

/// What an executable driver says of itself: its answer to `probe`.
struct DriverDeclaration: Sendable, Equatable {
    /// Whether it works here, as far as it can tell.
    var support: DriverSupport
    var layers: LayerModel
    var capabilities: DriverCapabilities
    var differences: DriverDifferences
    /// The verbs that it has besides those that all have.
    var verbs: Set<DriverVerb>
    /// Whether it makes the layer directory itself; otherwise Core makes it before it asks.
    var makesLayer: Bool

    /// What is assumed of a driver that could not be asked: it is to be asked everything, which fails.
    static let unknown = DriverDeclaration(
        support: .supported, layers: .wholeTree(sharing: false),
        capabilities: DriverCapabilities(discards: true),
        differences: DriverDifferences(), verbs: DriverVerb.optional, makesLayer: true)

    /// Reads the answer.
    init(_ answer: DriverObject) throws(DriverField.Wrong) {
        let isSupported = try answer["supported"].bool()
        support =
            isSupported
            ? .supported
            : .unsupported(
                reason: try answer["reason"].sentence(), remedy: try answer["remedy"].ifPresent?.sentence())
        layers = try LayerModel(try answer["layers"].object())
        verbs = []
        for field in try answer["verbs"].ifPresent?.elements() ?? [] {
            guard let verb = DriverVerb(rawValue: try field.string()), DriverVerb.optional.contains(verb)
            else {
                throw field.wrong("is no optional verb")
            }
            verbs.insert(verb)
        }
        makesLayer = try answer["makesLayer"].ifPresent?.bool() ?? false
        capabilities = try DriverCapabilities(
            answer["capabilities"].ifPresent?.object(), discards: verbs.contains(.discard))
        differences = try DriverDifferences(answer["differences"].ifPresent?.object())
    }

    private init(
        support: DriverSupport, layers: LayerModel, capabilities: DriverCapabilities,
        differences: DriverDifferences, verbs: Set<DriverVerb>, makesLayer: Bool
    ) {
        self.support = support
        self.layers = layers
        self.capabilities = capabilities
        self.differences = differences
        self.verbs = verbs
        self.makesLayer = makesLayer
    }
}

extension LayerModel {
    fileprivate init(_ object: DriverObject) throws(DriverField.Wrong) {
        switch try object["model"].string() {
        case "changes":
            switch try object["deletions"].string() {
            case "device":
                let attribute = try object["opaqueAttribute"].string()
                guard attribute.contains("."), attribute.utf8.count <= 255 else {
                    throw object["opaqueAttribute"].wrong("is no extended attribute's name")
                }
                self = .changes(.device(opaqueAttribute: attribute))
            case "prefix": self = .changes(.prefix)
            default: throw object["deletions"].wrong("is none of device, prefix")
            }
        case "wholeTree": self = .wholeTree(sharing: try object["sharing"].ifPresent?.bool() ?? false)
        default: throw object["model"].wrong("is none of changes, wholeTree")
        }
    }
}

extension DriverCapabilities {
    fileprivate init(_ object: DriverObject?, discards: Bool) throws(DriverField.Wrong) {
        self.init(discards: discards)
        guard let object else { return }
        layerLimit = try object["layerLimit"].ifPresent?.count()
        if let field = object["options"].ifPresent {
            let all = try field.object()
            for name in all.members.keys {
                guard !name.isEmpty, name.utf8.count <= 64, !name.utf8.contains(UInt8(ascii: "=")) else {
                    throw field.wrong("has an option without a usable name")
                }
                options[name] = try all[name].sentence()
            }
        }
        if let field = object["finishedName"].ifPresent {
            let name = try field.string()
            guard FilePath.Component(name).map({ $0.kind == .regular && $0.string == name }) == true else {
                throw field.wrong("is no file's name")
            }
            finishedName = name
        }
        keepsWrites = try object["keepsWrites"].ifPresent?.bool() ?? true
        if let ground = try object["ground"].ifPresent?.object() {
            var maker: [String] = []
            for word in try ground["maker"].elements() { maker.append(try word.string()) }
            guard !maker.isEmpty else { throw ground["maker"].wrong("is empty") }
            self.ground = Ground(
                type: try ground["type"].string(), maker: maker, smallest: try ground["smallest"].count())
        }
    }
}

extension DriverDifferences {
    fileprivate init(_ object: DriverObject?) throws(DriverField.Wrong) {
        self.init()
        guard let object else { return }
        nativeDiff = try object["nativeDiff"].ifPresent?.bool() ?? nativeDiff
        directoryRename =
            try object["directoryRename"].ifPresent?.word(DirectoryRename.self) ?? directoryRename
        linkedCopyUp = try object["linkedCopyUp"].ifPresent?.word(LinkedCopyUp.self) ?? linkedCopyUp
        openFile = try object["openFile"].ifPresent?.word(OpenFile.self) ?? openFile
        mapping = try object["mapping"].ifPresent?.word(OpenFile.self) ?? mapping
        reservedPrefix = try object["reservedPrefix"].ifPresent?.string()
        copyUpReadsHoles = try object["copyUpReadsHoles"].ifPresent?.bool() ?? copyUpReadsHoles
        timeGranularity = try object["timeGranularity"].ifPresent?.count() ?? timeGranularity
        longestName = try object["longestName"].ifPresent?.count() ?? longestName
    }
}
