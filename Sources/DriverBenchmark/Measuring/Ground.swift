internal import Core
internal import Glibc
internal import SystemPackage

/// What lies in the layers below, before a workload begins.
enum Ground: Hashable, Sendable {
    /// Small files of 4 KiB: a hundred in each directory.
    case files(Int)
    /// One file, `file`, of this size.
    case file(bytes: Int)
    /// Layers with a file each.
    case layers(Int)

    /// What this ground is called.
    var name: String {
        switch self {
        case .files(let count): "files-\(count)"
        case .file(let bytes): "file-\(bytes)"
        case .layers(let count): "layers-\(count)"
        }
    }

    /// How many layers it has.
    var depth: Int {
        if case .layers(let count) = self { count } else { 1 }
    }

    /// Writes what is in one of the layers, 0 being the lowest.
    func write(layer: Int, in root: FilePath) throws {
        switch self {
        case .files(let count):
            for number in 0..<count {
                let path = Self.path(of: number, in: root)
                if number % Self.filesInDirectory == 0 {
                    try Files.makeDirectories(path.removingLastComponent())
                }
                try FileWork.write(path, bytes: 4096)
            }
        case .file(let bytes): try FileWork.write(root.appending("file"), bytes: bytes)
        case .layers: try FileWork.write(root.appending("layer-\(layer)"), bytes: 4096)
        }
    }

    static let filesInDirectory = 100

    /// Where one of the small files is.
    static func path(of number: Int, in root: FilePath) -> FilePath {
        root.appending("dir-\(number / filesInDirectory)").appending("file-\(number % filesInDirectory)")
    }
}
