import CLinux
import Core
import Glibc
import SystemPackage

/// Changes a tree at random, in every way that a program can; what cannot be done is left out.
struct RandomChanges {
    let root: FilePath
    private(set) var log: [String] = []
    private var state: UInt64
    private var files: [FilePath] = []
    private var directories: [FilePath] = []

    init(_ root: FilePath, seed: UInt64) {
        self.root = root
        state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    }

    /// xorshift64.
    private mutating func next(_ count: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 33) % count
    }

    /// Few names, so that they meet; one is no UTF-8, one so long that few fit into a leaf of a tree.
    private static let names: [FilePath.Component] = {
        let plain = ["a", "b", "c", "d", String(repeating: "long", count: 50)]
        let bytes: [CChar] = [-1, 97, 0]
        return plain.compactMap { FilePath.Component($0) }
            + [FilePath.Component(platformString: bytes)].compactMap { $0 }
    }()

    /// Looks what is in the tree, in an order that depends on the tree only.
    private mutating func look() {
        (files, directories) = ([], [])
        var pending = [root]
        while let directory = pending.popLast() {
            directories.append(directory)
            guard let stream = directory.withPlatformString({ opendir($0) }) else { continue }
            defer { closedir(stream) }
            var names: [[CChar]] = []
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    bytes.prefix { $0 != 0 }.map(CChar.init(bitPattern:))
                }
                if name != [46] && name != [46, 46] { names.append(name) }
            }
            for name in names.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                let path = FilePath.Component(platformString: name + [0]).map { directory.appending($0) }
                guard let path else { continue }
                if Files.isDirectory(path) { pending.append(path) } else { files.append(path) }
            }
        }
    }

    private mutating func directory() -> FilePath {
        directories[next(directories.count)]
    }

    private mutating func file() -> FilePath {
        files.isEmpty ? directory() : files[next(files.count)]
    }

    private mutating func place() -> FilePath { directory().appending(Self.names[next(Self.names.count)]) }

    private func call(_ path: FilePath, _ body: (UnsafePointer<CChar>) -> Int32) {
        _ = path.withPlatformString(body)
    }

    private func call(
        _ path: FilePath, _ other: FilePath, _ body: (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Int32
    ) {
        _ = path.withPlatformString { first in other.withPlatformString { body(first, $0) } }
    }

    private func status(_ path: FilePath) -> stat {
        var status = stat()
        call(path) { lstat($0, &status) }
        return status
    }

    /// Runs `body` with the file, if it is a regular one.
    private func opened(_ path: FilePath, _ flags: Int32 = O_RDWR, _ body: (Int32) -> Void) {
        let flags = flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        let file = path.withPlatformString { clx_openat(AT_FDCWD, $0, flags, 0o644) }
        if file < 0 { return }
        body(file)
        close(file)
    }

    private mutating func write(_ path: FilePath, _ flags: Int32, at offset: Int = -1) {
        let bytes = [UInt8](repeating: UInt8(65 + next(26)), count: [1, 40, 5000, 20000][next(4)])
        opened(path, O_WRONLY | flags) { file in
            _ =
                offset < 0
                ? Glibc.write(file, bytes, bytes.count) : pwrite(file, bytes, bytes.count, off_t(offset))
        }
    }

    private func setTimes(_ path: FilePath, _ status: stat) {
        call(path) { utimensat(AT_FDCWD, $0, [status.st_atim, status.st_mtim], AT_SYMLINK_NOFOLLOW) }
    }

    /// So many changes.
    mutating func run(_ count: Int) {
        for _ in 0..<count { change() }
    }

    private mutating func change() {
        look()
        let number = next(24)
        let (file, directory, place) = (file(), directory(), place())
        let words = [file, directory, place].map { String($0.string.dropFirst(root.string.count)) }
        log.append("\(number) " + words.joined(separator: " "))
        switch number {
        case 0, 1: write(place, O_CREAT | O_TRUNC)
        case 2: write(file, O_APPEND)
        case 3:
            // The same size, and the same time.
            let old = status(file)
            guard old.st_mode & S_IFMT == S_IFREG, old.st_size > 0 else { return }
            opened(file) { _ = pwrite($0, "!", 1, off_t(old.st_size - 1)) }
            setTimes(file, old)
        case 4: call(file) { truncate($0, [0, 1, 3000][Int(state % 3)]) }
        case 5: call([file, directory][next(2)]) { chmod($0, [0o600, 0o755, 0o4711][Int(state % 3)]) }
        case 6: call([file, directory][next(2)]) { lchown($0, uid_t(state % 3), 0) }
        case 7:
            let value = [UInt8](repeating: UInt8(65 + next(26)), count: 1 + next(300))
            call([file, directory][next(2)]) { lsetxattr($0, "trusted.test", value, value.count, 0) }
        case 8: call([file, directory][next(2)]) { lremovexattr($0, "trusted.test") }
        case 9: call(file, place) { link($0, $1) }
        case 10: call(file) { unlink($0) }
        case 11, 12: call(file, place) { rename($0, $1) }
        case 13, 14, 15: if directory != root { call(directory, place) { rename($0, $1) } }
        case 16:
            let other = next(2) == 0 ? self.directory() : self.file()
            if directory != root, other != root {
                call(directory, other) { clx_renameat2(AT_FDCWD, $0, AT_FDCWD, $1, clx_RENAME_EXCHANGE) }
            }
        case 17, 18: call(place) { mkdir($0, 0o755) }
        case 19: if directory != root, next(3) == 0 { try? TreeRemoval.remove(directory) }
        case 20:
            call(place) { symlink(["a", "../b"][Int(state % 2)], $0) }
            call(place.removingLastComponent().appending("p")) { mkfifo($0, 0o600) }
        case 21:
            // Only a time, sometimes back to what it was.
            var old = status(file)
            old.st_mtim.tv_nsec = (old.st_mtim.tv_nsec + next(2)) % 1_000_000_000
            setTimes(file, old)
        case 22:
            // Through memory.
            let old = status(file)
            guard old.st_mode & S_IFMT == S_IFREG, old.st_size > 0 else { return }
            opened(file) { file in
                let memory = mmap(nil, 1, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
                guard let memory, memory != MAP_FAILED else { return }
                memory.storeBytes(of: UInt8(truncatingIfNeeded: state), as: UInt8.self)
                munmap(memory, 1)
            }
            if next(2) == 0 { setTimes(file, old) }
        default:
            // The data of another file.
            let target = self.file()
            let old = status(target)
            opened(file, O_RDONLY) { source in opened(target) { _ = clx_clone_file($0, source) } }
            if next(2) == 0 { setTimes(target, old) }
        }
    }
}
