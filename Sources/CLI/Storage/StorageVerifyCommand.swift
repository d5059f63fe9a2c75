internal import ArgumentParser
internal import Core

/// `mydocker storage verify`.
struct StorageVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check everything in the store, and repair what can be repaired.",
        discussion: """
            Reads every blob, and compares every unpacked layer with a fresh unpacking of its blob. The exit status is 1 \
            if something is damaged and was not repaired.
            """)

    @Flag(help: "Repair what can be made again out of what is whole.")
    var repair = false

    @Flag(help: "Print what is damaged as JSON, an object a line.")
    var json = false

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    func run() throws {
        let logger = log.logger()
        let store = try storeOptions.store()
        // It may fail on what is damaged.
        _ = try? Cleanup(store: store, logger: logger).removeAbandoned()
        var (count, left) = (0, 0)
        try StoreVerification(store, repairing: repair).run { damage in
            count += 1
            if damage.repair == nil { left += 1 }
            if json { try? printJSONLine(damage) } else { printLine(text(damage)) }
        }
        if !json {
            printLine(
                count == 0
                    ? "nothing is damaged"
                    : "\(count) damaged\(repair ? ", \(count - left) repaired" : "; see: storage verify --repair")"
            )
        }
        _ = try? Cleanup(store: store, logger: logger).removeAbandoned()
        if left > 0 { throw ExitCode(1) }
    }

    private func text(_ damage: Damage) -> String {
        var text = "\(damage.kind.rawValue) \(damage.subject): \(damage.problem)".printable
        if let repair = damage.repair { text += "\n  repaired: \(repair.printable)" }
        if let advice = damage.advice { text += "\n  \(advice.printable)" }
        return text
    }
}
