/// What a container's monitor and those who are attached to it say to each other: one byte that says what, and the rest.
enum AttachMessage {
    /// To the monitor.
    enum Request: Equatable {
        /// What the container's command is to read.
        case input([UInt8])
        /// There is no more.
        case endOfInput
        /// How large the client's terminal is.
        case window(rows: UInt16, columns: UInt16)
        /// A signal for the command.
        case signal(Int32)
        /// Something about the container's record has changed.
        case recordChanged

        init?(_ bytes: some Collection<UInt8>) {
            let rest = Array(bytes.dropFirst())
            switch bytes.first.map({ Character(Unicode.Scalar($0)) }) {
            case "i": self = .input(rest)
            case "e": self = .endOfInput
            case "w" where rest.count == 4:
                self = .window(
                    rows: UInt16(rest[0]) << 8 | UInt16(rest[1]),
                    columns: UInt16(rest[2]) << 8 | UInt16(rest[3]))
            case "s" where rest.count == 1: self = .signal(Int32(rest[0]))
            case "c": self = .recordChanged
            default: return nil
            }
        }

        var bytes: [UInt8] {
            switch self {
            case .input(let bytes): [UInt8(ascii: "i")] + bytes
            case .endOfInput: [UInt8(ascii: "e")]
            case .window(let rows, let columns):
                [UInt8(ascii: "w")] + [rows >> 8, rows & 255, columns >> 8, columns & 255].map(UInt8.init)
            case .signal(let number): [UInt8(ascii: "s"), UInt8(truncatingIfNeeded: number)]
            case .recordChanged: [UInt8(ascii: "c")]
            }
        }
    }

    /// From the monitor.
    enum Report: Equatable {
        /// What the command has written, to the standard output (1) or the standard error (2).
        case output(Int32, [UInt8])
        /// The command has ended, and will not be started again.
        case ended(UInt8)

        init?(_ bytes: some Collection<UInt8>) {
            let rest = Array(bytes.dropFirst())
            switch bytes.first.map({ Character(Unicode.Scalar($0)) }) {
            case "o": self = .output(1, rest)
            case "r": self = .output(2, rest)
            case "x" where rest.count == 1: self = .ended(rest[0])
            default: return nil
            }
        }

        var bytes: [UInt8] {
            switch self {
            case .output(let stream, let bytes): [stream == 2 ? UInt8(ascii: "r") : UInt8(ascii: "o")] + bytes
            case .ended(let status): [UInt8(ascii: "x"), status]
            }
        }
    }

    /// More than any message takes.
    static let largest = 64 << 10
}
