internal import Glibc

extension CommandLine {
    /// The bytes that the process was given for a value that was read from its arguments.
    ///
    /// Text that is no UTF-8 was mended when it became a string, and is looked up again.
    static func bytes(of value: String) -> [UInt8] {
        let bytes = Array(value.utf8)
        guard value.unicodeScalars.contains("\u{FFFD}") else { return bytes }
        for argument in rawArguments {
            let mended = String(decoding: argument, as: UTF8.self).utf8
            // What stands before the value is an option's name.
            if mended.elementsEqual(bytes) { return argument }
            let prefix = mended.count - bytes.count
            if prefix > 0, mended.suffix(bytes.count).elementsEqual(bytes),
                argument.prefix(prefix).elementsEqual(mended.prefix(prefix))
            {
                return Array(argument.dropFirst(prefix))
            }
        }
        return bytes
    }

    /// The arguments byte for byte.
    static var rawArguments: [[UInt8]] {
        UnsafeBufferPointer(start: unsafeArgv, count: Int(argc)).compactMap { argument in
            argument.map { pointer in
                Array(UnsafeRawBufferPointer(start: pointer, count: strlen(pointer)))
            }
        }
    }
}
