/// A size in docker's words: three digits, and units of a thousand: "4.26MB".
package func humanSize(_ bytes: Int64) -> String {
    scaled(Double(bytes), by: 1000, digits: 3, ["B", "kB", "MB", "GB", "TB", "PB", "EB"])
}

/// A size in docker's words where memory is meant: four digits, and units of 1024: "7.637GiB".
package func binarySize(_ bytes: UInt64) -> String {
    scaled(Double(bytes), by: 1024, digits: 4, ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"])
}

private func scaled(_ bytes: Double, by base: Double, digits: Int, _ units: [String]) -> String {
    var (value, unit) = (bytes, 0)
    while value >= base, unit < units.count - 1 {
        value /= base
        unit += 1
    }
    let whole = value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : 4
    let scale = [1, 10, 100, 1000][max(0, digits - whole)] as Double
    let rounded = (value * scale).rounded() / scale
    return (rounded == rounded.rounded() ? "\(Int64(rounded))" : "\(rounded)") + units[unit]
}
