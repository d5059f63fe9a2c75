internal import Glibc
internal import Host
internal import SystemPackage

extension ProgramCall {
    /// Runs the program, and waits for it.
    ///
    /// - Throws: ``ProgramError``, with its last words if it does not end well.
    func run() throws {
        try start(hearing: false) { said, part in said = (said + part).suffix(4 << 10) }
    }

    /// Runs the program, and waits for what it says.
    ///
    /// - Throws: ``ProgramError``, with its last words if it does not end well.
    package func output() throws -> String {
        let bytes = try start(hearing: true) { said, part in
            if said.count < 64 << 20 { said += part }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// - Parameters:
    ///   - hears: true for its standard output too, besides its errors.
    ///   - keep: what of its words is kept.
    /// - Returns: what was kept.
    @discardableResult
    private func start(
        hearing hears: Bool, _ keep: (inout [UInt8], [UInt8]) -> Void
    ) throws -> [UInt8] {
        let file = try open()
        let nothing = try Descriptor("/dev/null", O_RDWR)
        let words = try DescriptorPair.pipe()
        let (reading, writing) = words.takeBoth()
        let end = Descriptor(owning: reading)
        let child: ChildProgram
        do {
            defer { close(writing) }
            child = try ChildProgram.start(
                file.file, called: file.path, arguments,
                streams: [nothing.rawValue, hears ? writing : nothing.rawValue, writing])
        }
        // To the end: it must not wait for somebody who reads.
        var said: [UInt8] = []
        while let part = try? end.readAll(limit: 64 << 10, subject: program), !part.isEmpty {
            keep(&said, part)
        }
        let status = child.wait()
        guard status == 0 else {
            throw ProgramError.failed(
                program: program, status: status, words: ProgramError.words(of: said))
        }
        return said
    }
}
