internal import Host
package import Tree

/// What there is at a path, for whoever follows links.
package enum PathContent {
    case nothing
    case directory
    case link(target: [UInt8])
    /// Neither, and brought by the layer that is looked at: no directory can take its place.
    case ownFile
    /// Neither, and of a lower layer.
    case lowerFile
}

extension LayerPath {
    /// As many links as the kernel follows in one path (path_resolution(7)).
    private static let maximumLinks = 40

    /// Where this directory is when every link on the way is followed, as a process would whose root is the layer's
    /// (RESOLVE_IN_ROOT of openat2(2)): links from the root begin at the layer's root, and above that is the root again.
    ///
    /// What is missing is taken for a directory, and so is a file of a lower layer.
    ///
    /// - Parameter look: says what there is at a path whose directories are no links.
    /// - Throws: ``ImageError/refusedEntry(name:reason:)`` for links in a circle, and if a file is in the way.
    package func followingLinks(
        for entry: TarEntry, _ look: (LayerPath) throws -> PathContent
    ) throws -> LayerPath {
        func refused(_ reason: String) -> ImageError {
            .refusedEntry(name: entry.displayName, reason: reason)
        }
        var place = LayerPath.root
        var rest = Array(components.reversed())
        var (links, steps) = (0, 0)
        while let name = rest.popLast() {
            steps += 1
            if name.elementsEqual(".".utf8) { continue }
            if name.elementsEqual("..".utf8) {
                place = place.parent
                continue
            }
            let next = place.appending(name)
            guard next.bytes.count <= TarReader.maximumName, steps <= TarReader.maximumName else {
                throw refused("the links above it lead too far")
            }
            switch try look(next) {
            case .nothing, .directory, .lowerFile: place = next
            case .ownFile: throw refused("\(next.displayName.printable) is no directory")
            case .link(let target):
                links += 1
                guard links <= Self.maximumLinks else { throw refused("the links above it lead in a circle") }
                if target.first == Self.slash { place = .root }
                rest += target.split(separator: Self.slash).reversed()
            }
        }
        return place
    }
}
