internal import Glibc
internal import Host
internal import SystemPackage

/// Which program the kernel runs besides, when it executes a file.
enum Interpreter {
    /// What stands behind "#!" in a script (execve(2), "Interpreter scripts"), or the dynamic linker that a program asks
    /// for (elf(5), PT_INTERP); nil if there is none.
    static func path(of file: borrowing Descriptor) -> FilePath? {
        let head = bytes(of: file, from: 0, count: 4096)
        if head.starts(with: Array("#!".utf8)) { return script(head) }
        if head.starts(with: [0x7F] + Array("ELF".utf8)) { return program(file, head) }
        return nil
    }

    private static func script(_ head: [UInt8]) -> FilePath? {
        // The kernel looks no further (BINPRM_BUF_SIZE).
        let line = head.prefix(256).dropFirst(2).prefix { $0 != UInt8(ascii: "\n") && $0 != 0 }
        let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let name = line.drop(while: isSpace).prefix { !isSpace($0) }
        return name.isEmpty ? nil : FilePath(bytes: Array(name))
    }

    private static func program(_ file: borrowing Descriptor, _ head: [UInt8]) -> FilePath? {
        let is64 = head.count > 4 && head[4] == UInt8(ELFCLASS64)
        let header = Fields(head)
        // elf(5): e_phoff, e_phentsize, e_phnum.
        let offset = is64 ? header.word(32, 8) : header.word(28, 4)
        let size = header.word(is64 ? 54 : 42, 2)
        let count = header.word(is64 ? 56 : 44, 2)
        // The kernel refuses more (load_elf_phdrs in fs/binfmt_elf.c).
        guard size == (is64 ? 56 : 32), (1...(65536 / size)).contains(count) else { return nil }
        let table = Fields(bytes(of: file, from: offset, count: size * count))
        for entry in 0..<count where table.word(entry * size, 4) == Int(PT_INTERP) {
            let place = table.word(entry * size + (is64 ? 8 : 4), is64 ? 8 : 4)
            let length = table.word(entry * size + (is64 ? 32 : 16), is64 ? 8 : 4)
            let name = bytes(of: file, from: place, count: min(max(length, 0), Int(PATH_MAX))).prefix {
                $0 != 0
            }
            return name.isEmpty ? nil : FilePath(bytes: Array(name))
        }
        return nil
    }

    /// Numbers at places in bytes, in the machine's own order; zero where there are no bytes.
    private struct Fields {
        let bytes: [UInt8]

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        func word(_ place: Int, _ size: Int) -> Int {
            guard place >= 0, place + size <= bytes.count else { return 0 }
            var value: UInt64 = 0
            withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: bytes[place..<place + size]) }
            return Int(truncatingIfNeeded: value)
        }
    }

    /// pread(2); less where the file ends.
    private static func bytes(of file: borrowing Descriptor, from offset: Int, count: Int) -> [UInt8] {
        let number = file.rawValue
        return [UInt8](unsafeUninitializedCapacity: max(count, 0)) { buffer, initialized in
            initialized = max(0, pread(number, buffer.baseAddress, buffer.count, offset))
        }
    }
}
