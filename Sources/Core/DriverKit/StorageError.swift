public import Host

/// What goes wrong when a storage driver is chosen or used.
public enum StorageError: Explained, Equatable {
    /// More layers than the driver's file system takes in one mount; `instead` is a driver that takes them, if known.
    case tooManyLayers(driver: String, layers: Int, limit: Int, instead: String? = nil)
    /// No driver has that name.
    case unknownDriver(name: String, known: [String])
    /// The driver exists but does not work here; `usable` are the ones that do.
    case unsupportedDriver(name: String, reason: String, remedy: String?, usable: [String])
    /// Not one driver works here; each with its reason.
    case noDriver(reasons: [String])
    /// The layers of an image are not unpacked for the driver, and the store is on a read-only file system.
    case notUnpacked(image: String, driver: String, store: String)
    /// A container cannot be kept: the store is on a read-only file system.
    case cannotKeep(store: String)
    /// What a container writes is gone with its mount under this driver, so it cannot be kept or compared.
    case keepsNothing(driver: String)
    /// The driver takes no such option.
    case unknownOption(name: String, driver: String, known: [String])
    /// The driver takes the option, but not this value of it.
    case invalidOption(name: String, value: String, driver: String, reason: String)
    /// A snapshot has to be removed by a driver that this program lacks.
    case ownerMissing(driver: String, path: String)

    /// What the user is told.
    public var explanation: Explanation {
        switch self {
        case .tooManyLayers(let driver, let layers, let limit, let instead):
            Explanation(
                "\(layers) layers are more than the storage driver \(driver) can mount: at most \(limit)",
                remedy:
                    "use \(instead.map { "--storage \($0)" } ?? "another storage driver"), or an image with fewer layers"
            )
        case .unknownDriver(let name, let known):
            Explanation(
                "there is no storage driver called \"\(name)\"",
                remedy: "choose one of \(known.joined(separator: ", "))")
        case .unsupportedDriver(let name, let reason, let remedy, let usable):
            Explanation(
                "the storage driver \(name) does not work here: \(reason)",
                remedy: [
                    remedy,
                    "drivers that work here: \(usable.isEmpty ? "none" : usable.joined(separator: ", "))",
                ]
                .compactMap { $0 }.joined(separator: "; "))
        case .noDriver(let reasons):
            Explanation(
                "no storage driver works here: \(reasons.joined(separator: "; "))",
                remedy: "choose a --root on another file system")
        case .notUnpacked(let image, let driver, let store):
            Explanation(
                "the image \(image) is not unpacked for the storage driver \(driver), and \(store) is read-only",
                remedy: "mount it writable and run the image once, or choose another --storage or --root")
        case .cannotKeep(let store):
            Explanation(
                "the container cannot be kept: \(store) is read-only",
                remedy: "run it without --keep, or choose a --root on a writable file system")
        case .keepsNothing(let driver):
            Explanation(
                "what a container writes is gone with it under the storage driver \(driver)",
                remedy: "run it with another --storage")
        case .unknownOption(let name, let driver, let known):
            Explanation(
                "the storage driver \(driver) takes no option \"\(name.prefix(100).description.printable)\"",
                remedy: known.isEmpty
                    ? "leave --storage-opt out, or choose another --storage"
                    : "it takes \(known.joined(separator: ", "))")
        case .invalidOption(let name, let value, let driver, let reason):
            Explanation(
                "--storage-opt \(name)=\(value.prefix(100).description.printable) of the storage driver \(driver) is "
                    + "invalid: \(reason)")
        case .ownerMissing(let driver, let path):
            Explanation(
                "cannot remove \(path): it was made by the storage driver \(driver), which this program lacks",
                remedy: "run any command of a mydocker that has it, with the same --root")
        }
    }
}
