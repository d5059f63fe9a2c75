internal import ArgumentParser
internal import Core

/// `mydocker storage info`.
struct StorageInfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Tell what the store is on, what is in it, and what each driver can do.")

    @Flag(help: "Print it as JSON.")
    var json = false

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    func run() throws {
        let store = try storeOptions.cleanStore(log.logger())
        let information = try StoreInformation(store)
        if json { return try printJSON(information) }
        let system = information.fileSystem
        let inodes = system.freeInodes == 0 ? "" : ", \(system.freeInodes) free inodes"
        printLine("Store:          \(information.root)\(information.exists ? "" : " (not made yet)")")
        printLine(
            "File system:    \(system.type) at \(system.mountPoint), \(humanSize(system.freeBytes)) of "
                + "\(humanSize(system.bytes)) free\(inodes)")
        printLine("Metadata:       \(information.metadata) (SQLite, version \(information.metadataVersion))")
        printLine("Images:         \(information.images)")
        printLine("Containers:     \(information.running) running, \(information.kept) kept")
        printLine("Default driver: \(information.defaultDriver ?? "none works here")")
        for driver in information.drivers {
            printLine(
                "\n\(driver.name): \(driver.reason ?? "works here")\(driver.remedy.map { "; \($0)" } ?? "")")
            for line in Self.lines(driver) { printLine("  \(line)") }
        }
    }

    private static func granularity(_ nanoseconds: Int) -> String {
        switch nanoseconds {
        case 1: "the nanosecond"
        case 1_000_000_000: "the second"
        default: "\(nanoseconds) ns"
        }
    }

    private static func lines(_ driver: StoreInformation.Driver) -> [String] {
        let can = driver.differences
        return (driver.executable.map { ["executable:        \($0)"] } ?? []) + [
            "snapshots:         \(driver.snapshots)",
            "layers at most:    \(driver.layerLimit.map { "\($0)" } ?? "any number")",
            "diff:              \(can.nativeDiff ? "read from the write layer" : "the trees are compared")",
            "directory rename:  \(can.directoryRename.rawValue)",
            "linked copy-up:    \(can.linkedCopyUp.rawValue)",
            "open file:         \(can.openFile.rawValue); mapped: \(can.mapping.rawValue)",
            "times:             to \(granularity(can.timeGranularity))",
            "names:             up to \(can.longestName) bytes\(can.reservedPrefix.map { ", not \($0)*" } ?? "")",
        ]
            + driver.options.sorted { $0.key < $1.key }.map { "option:            \($0.key): \($0.value)" }
    }
}
