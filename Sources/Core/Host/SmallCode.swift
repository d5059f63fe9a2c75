internal import Glibc
package import SystemPackage

// What the libraries have too, but there in generic code that makes Swift look through all conformances of the program
// for one of a type: 0.1 ms and a megabyte of memory at the first time (docs/decisions/0010-start-up.md).

extension FilePath {
    /// The path without its last component; of the root, the root.
    package var parent: FilePath {
        withPlatformString { start in
            guard let slash = strrchr(start, Int32(UInt8(ascii: "/"))) else { return FilePath() }
            let length = max(start.distance(to: slash), 1)
            return FilePath(bytes: Array(UnsafeRawBufferPointer(start: start, count: length)))
        }
    }

    /// This path and `components` behind it.
    package func appending(_ components: ComponentView) -> FilePath {
        var path = self
        var index = components.startIndex
        while index != components.endIndex {
            path.append(components[index])
            index = components.index(after: index)
        }
        return path
    }
}

extension [String] {
    /// The strings with a separator between them.
    package func joined(by separator: String) -> String {
        var text = ""
        for (index, part) in enumerated() {
            if index > 0 { text += separator }
            text += part
        }
        return text
    }
}
