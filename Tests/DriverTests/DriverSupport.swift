import AUFSDriver
import BindDriver
import Core
import EROFSDriver
import Glibc
import OverlayDriver
import SystemPackage
import Testing

/// The drivers that are tested.
enum Drivers {
    static let all: [String: any StorageDriver] = [
        "aufs": AUFSDriver(), "overlay": OverlayDriver(), "bind": BindDriver(),
        "erofs": EROFSDriver(),
    ]

    /// Why each one does not work here; those that do are not listed.
    static let unsupported: [String: String] = {
        var reasons: [String: String] = [:]
        for (name, driver) in all {
            let support = try? LayerChain(driver).support()
            switch support {
            case .supported: break
            case .unsupported(let reason, _): reasons[name] = reason
            case nil: reasons[name] = "it cannot be tried: run as root"
            }
        }
        return reasons
    }()
}

extension LayerChain {
    /// What the driver's own trial says.
    func support() throws -> DriverSupport {
        let (driver, place) = (driver, directory.appending("trial"))
        try Self.makeDirectory(place)
        let store = Store(at: place.appending("store"), drivers: DriverRegistry([driver]))
        return try store.drivers.support(of: driver, in: store)
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips the test, with the driver's own reason, where the driver does not work.
    static func driver(_ name: String) -> Self {
        let reason = Drivers.unsupported[name]
        return .enabled(if: reason == nil, "\(name): \(reason ?? "works here")")
    }
}
