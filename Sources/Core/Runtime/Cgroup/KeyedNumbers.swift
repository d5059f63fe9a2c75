internal import Host
internal import SystemPackage

/// A file of the kernel's with a name and a number in each line, such as memory.stat.
struct KeyedNumbers {
    private var numbers: [Substring: UInt64] = [:]

    /// Reads the file; one that cannot be read has no numbers.
    init(at path: FilePath) { self.init((try? Files.read(path)) ?? "") }

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count >= 2, let number = UInt64(words[1]) { numbers[words[0]] = number }
        }
    }

    /// The number of this name.
    subscript(name: String) -> UInt64? { numbers[name[...]] }
}
