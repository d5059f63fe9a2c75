internal import Host
internal import SystemPackage

/// A path as docker's `cp` reads it: what stands at its end says what is meant.
struct CopyPath {
    /// Without slashes and `/.` at the end; "/" for the root, "." for the current directory.
    let path: [UInt8]
    /// `/.` at the end: the content of the directory, and not the directory.
    let isContent: Bool
    /// It has to be a directory.
    let isDirectory: Bool

    private static let slash = UInt8(ascii: "/")
    private static let dot = UInt8(ascii: ".")

    init(_ text: [UInt8]) {
        var rest = text[...]
        var isContent = false
        var isDirectory = false
        while true {
            if rest.count > 1, rest.last == Self.slash {
                rest.removeLast()
                isDirectory = true
            } else if rest.count > 1, rest.last == Self.dot, rest.dropLast().last == Self.slash {
                rest.removeLast(rest.count == 2 ? 1 : 2)
                isContent = true
                isDirectory = true
            } else {
                break
            }
        }
        path = rest.isEmpty ? [Self.dot] : Array(rest)
        // These have no name of their own to be copied under.
        let isNameless = [[Self.slash], [Self.dot], [Self.dot, Self.dot]].contains(
            Array(lastComponent(of: path)))
        self.isContent = isContent || isNameless
        self.isDirectory = isDirectory || isNameless
    }

    /// The last component.
    var name: [UInt8] { Array(lastComponent(of: path)) }

    /// The directory that it is in.
    var parent: [UInt8] {
        guard let end = path.lastIndex(of: Self.slash) else { return [Self.dot] }
        return end == 0 ? [Self.slash] : Array(path[..<end])
    }

    var displayName: String { String(fileName: path) }
}

private func lastComponent(of path: [UInt8]) -> ArraySlice<UInt8> {
    let slash = UInt8(ascii: "/")
    if path == [slash] { return path[...] }
    return path.lastIndex(of: slash).map { path[($0 + 1)...] } ?? path[...]
}
