internal import Host
internal import Images

/// All about a volume, in the form in which docker tells it.
public struct VolumeDetails: Encodable, Sendable {
    let volume: Volume
    let mountPoint: String

    private enum CodingKeys: String, CodingKey {
        case created = "CreatedAt"
        case driver = "Driver"
        case labels = "Labels"
        case mountPoint = "Mountpoint"
        case name = "Name"
        case options = "Options"
        case scope = "Scope"
        case isAnonymous = "Anonymous"
    }

    /// Writes it.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(CreationTime.text(nanoseconds: volume.created), forKey: .created)
        try fields.encode("local", forKey: .driver)
        try fields.encode(volume.labels, forKey: .labels)
        try fields.encode(mountPoint, forKey: .mountPoint)
        try fields.encode(volume.name, forKey: .name)
        try fields.encode(volume.options, forKey: .options)
        try fields.encode("local", forKey: .scope)
        try fields.encode(volume.isAnonymous, forKey: .isAnonymous)
    }
}

extension Volumes {
    /// All about a volume.
    public func details(of volume: Volume) -> VolumeDetails {
        VolumeDetails(volume: volume, mountPoint: mountPoint(of: volume))
    }
}

/// A container's mount, in the form in which docker tells it.
struct MountDetails: Encodable {
    let request: MountRequest
    /// Where a volume's content is.
    let volume: String?

    private enum CodingKeys: String, CodingKey {
        case type = "Type"
        case name = "Name"
        case source = "Source"
        case target = "Destination"
        case driver = "Driver"
        case mode = "Mode"
        case isWritable = "RW"
        case propagation = "Propagation"
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(request.kind.rawValue, forKey: .type)
        if request.kind == .volume {
            try fields.encode(request.source ?? "", forKey: .name)
            try fields.encode("local", forKey: .driver)
        }
        try fields.encode(volume ?? request.source ?? "", forKey: .source)
        try fields.encode(request.target, forKey: .target)
        let readOnly = request.readOnly == .no ? [] : ["ro"]
        try fields.encode((readOnly + request.denied).joined(separator: ","), forKey: .mode)
        try fields.encode(request.readOnly == .no, forKey: .isWritable)
        try fields.encode(request.kind == .bind ? request.propagation : "", forKey: .propagation)
    }
}
