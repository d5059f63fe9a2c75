internal import DriverKit

/// `--storage-opt size=2g`.
enum SizeOption {
    /// The least that a container can be started with: what btrfs sets aside for one change of a tree is taken from it too.
    static let least: UInt64 = 1 << 20

    /// The bytes that `text` means: a number, perhaps with a fraction, and a unit of powers of 1024, as docker(1) reads it.
    ///
    /// - Throws: ``StorageError/invalidOption(name:value:driver:reason:)``.
    static func bytes(_ text: String, driver: String) throws(StorageError) -> UInt64 {
        func refuse(_ reason: String) -> StorageError {
            .invalidOption(name: "size", value: text, driver: driver, reason: reason)
        }
        var digits = text.lowercased()[...]
        if digits.hasSuffix("b") { digits.removeLast() }
        if digits.hasSuffix("i") { digits.removeLast() }
        var unit: Double = 1
        if let letter = digits.last, let power = "kmgtp".firstIndex(of: letter) {
            for _ in 0...("kmgtp".distance(from: "kmgtp".startIndex, to: power)) { unit *= 1024 }
            digits.removeLast()
        }
        if digits.hasSuffix(" ") { digits.removeLast() }
        let isNumber =
            digits.first?.isNumber == true && digits.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard isNumber, let number = Double(String(digits)) else {
            throw refuse("not a number of bytes with an optional k, m, g, t or p")
        }
        guard number * unit < Double(Int64.max) else { throw refuse("more than a disk can hold") }
        let bytes = UInt64(number * unit)
        guard bytes >= least else { throw refuse("less than the least, 1m") }
        return bytes
    }
}
