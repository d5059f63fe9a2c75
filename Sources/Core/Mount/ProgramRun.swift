internal import Glibc
internal import Host
internal import SystemPackage

extension ProgramCall {
    /// Runs the program, and waits for it.
    ///
    /// - Throws: ``ProgramError``, with its last words if it does not end well.
    func run() throws {
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
                streams: [nothing.rawValue, nothing.rawValue, writing])
        }
        // To the end: it must not wait for somebody who reads.
        var said: [UInt8] = []
        while let part = try? end.readAll(limit: 64 << 10, subject: program), !part.isEmpty {
            said = (said + part).suffix(4 << 10)
        }
        let status = child.wait()
        guard status == 0 else {
            throw ProgramError.failed(
                program: program, status: status, words: ProgramError.words(of: said))
        }
    }
}
