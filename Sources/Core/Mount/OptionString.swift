internal import Host
internal import SystemPackage

/// The option string of mount(2), and the directories that stay open while it is used.
struct OptionString: ~Copyable {
    /// The options, comma-separated.
    let text: String
    /// True if directories in it are named relative to /proc/self/fd.
    let isRelativeToDescriptors: Bool
    private let names: DirectoryNames

    /// mount(2) copies at most one page and cuts off the rest without a word; this stays well below the
    /// smallest page, whose last byte is the terminator.
    static let limit = 4000

    /// Spells out `options`: with paths where all of them are plain and fit, with descriptors otherwise.
    ///
    /// - Throws: ``SystemCallError`` if a directory cannot be opened, or (E2BIG) if nothing makes it fit.
    init(_ options: [MountOption]) throws(SystemCallError) {
        var names = DirectoryNames()
        var text = String()
        var isRelative = true
        if options.allSatisfy(\.isPlain) {
            text = try Self.spell(options) { path throws(SystemCallError) in path.string }
            isRelative = text.utf8.count > Self.limit
        }
        if isRelative {
            text = try Self.spell(options) { path throws(SystemCallError) in
                String(try names.number(of: path))
            }
        }
        guard text.utf8.count <= Self.limit else {
            throw SystemCallError("mount", "options of \(text.utf8.count) bytes", errno: .argListTooLong)
        }
        self.text = text
        isRelativeToDescriptors = isRelative
        self.names = names
    }

    private static func spell(
        _ options: [MountOption], directory name: (FilePath) throws(SystemCallError) -> String
    ) throws(SystemCallError) -> String {
        var parts: [String] = []
        for option in options {
            switch option {
            case .flag(let key), .optional(let key): parts.append(key)
            case .string(let key, let value): parts.append("\(key)=\(value)")
            case .directory(let key, let path): parts.append("\(key)=\(try name(path))")
            case .file(let key, let path, let file): parts.append("\(key)=\(try name(path))/\(file)")
            case .layers(let list):
                var text = list.prefix
                for (index, layer) in list.layers.enumerated() {
                    text += (index == 0 ? "" : list.separator) + (try name(layer.directory)) + layer.suffix
                }
                parts.append(text)
            }
        }
        return parts.joined(by: ",")
    }
}

extension MountOption {
    /// True if every directory in it can be spelled out.
    fileprivate var isPlain: Bool {
        switch self {
        case .flag, .optional, .string: true
        case .directory(_, let path), .file(_, let path, _): DirectoryNames.isPlain(path)
        case .layers(let list): list.layers.allSatisfy { DirectoryNames.isPlain($0.directory) }
        }
    }
}
