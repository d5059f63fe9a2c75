internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// What a container may do with one disk of the host.
public struct DeviceRate: Sendable, Equatable, Codable {
    /// What is limited.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        case readBytes, writeBytes, readOperations, writeOperations, weight

        /// The option that asks for it.
        public var option: String {
            switch self {
            case .readBytes: "--device-read-bps"
            case .writeBytes: "--device-write-bps"
            case .readOperations: "--device-read-iops"
            case .writeOperations: "--device-write-iops"
            case .weight: "--blkio-weight-device"
            }
        }

        fileprivate var countsBytes: Bool { self == .readBytes || self == .writeBytes }
    }

    /// What is limited.
    public let kind: Kind
    /// The disk, as a path below /dev: its number may be another after the next start of the machine.
    public let path: String
    /// Bytes or operations in a second, or the share of its time, 10 to 1000.
    public let value: Int64

    /// Reads PATH:VALUE; a number of bytes may have a unit.
    ///
    /// - Throws: ``CgroupError/invalidLimit(option:value:reason:)``.
    public init(_ kind: Kind, _ text: String) throws(CgroupError) {
        func refuse(_ reason: String) -> CgroupError {
            .invalidLimit(option: kind.option, value: text, reason: reason)
        }
        guard let colon = text.lastIndex(of: ":"), text.hasPrefix("/dev/") else {
            throw refuse("not of the form /dev/DISK:NUMBER")
        }
        self.kind = kind
        path = String(text[..<colon])
        let number = String(text[text.index(after: colon)...])
        let read = kind.countsBytes ? ResourceLimits.bytes(number) : Int64(number)
        guard let read, read > 0 else {
            throw refuse(
                kind.countsBytes ? "not a number of bytes greater than 0" : "not a number greater than 0")
        }
        if kind == .weight, !(10...1000).contains(read) { throw refuse("not a weight from 10 to 1000") }
        value = read
    }

    /// The disk's number as cgroups have it: "8:0".
    ///
    /// - Throws: ``CgroupError/invalidLimit(option:value:reason:)`` if there is no such disk.
    func number() throws(CgroupError) -> String {
        var status = stat()
        let result = FilePath(path).withPlatformString { stat($0, &status) }
        guard result == 0, status.st_mode & S_IFMT == S_IFBLK else {
            throw .invalidLimit(
                option: kind.option, value: "\(path):\(value)",
                reason: result == 0 ? "\(path) is no disk" : "\(path): \(Errno.current)")
        }
        let number = UInt64(status.st_rdev)
        return "\(clx_device_major(number)):\(clx_device_minor(number))"
    }
}
