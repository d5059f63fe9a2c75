public import Host
public import SystemPackage

/// What goes wrong with images, their archives and their layers.
public enum ImageError: Explained, Equatable {
    /// A name that is no image name.
    case invalidName(String, reason: String)
    /// A text that is no digest of the form `sha256:<64 lower-case hexadecimal digits>`.
    case invalidDigest(String)
    /// A line that is no instruction for a configuration.
    case invalidInstruction(String, reason: String)
    /// The image that a container was made of is not there any more.
    case missingParent(container: String, image: String)
    /// An archive that is not well-formed: what is wrong, and the offset in the uncompressed stream.
    case malformedArchive(reason: String, offset: Int64)
    /// An archive that ends too early.
    case truncatedArchive(offset: Int64)
    /// A compressed stream that cannot be decompressed.
    case malformedCompression(reason: String)
    /// A compression that this program does not read: "xz".
    case unsupportedCompression(String)
    /// An archive entry that is refused because it could do harm, or could not be kept as it is.
    case refusedEntry(name: String, reason: String)
    /// An archive entry that could not be read or written.
    case failedEntry(name: String, SystemCallError)
    /// Content that does not have the digest that it was asked for by.
    case digestMismatch(content: String, expected: Digest, actual: Digest)
    /// A layer or manifest in a form that this program does not read.
    case unsupportedMediaType(String)
    /// An image store with a part missing or unreadable.
    case damagedStore(path: FilePath, reason: String)
    /// An archive, or a part of one, that is not the image that it should be.
    case malformedImage(String, reason: String)
    /// No image has this name or ID.
    case unknownImage(String, similar: [String])
    /// Several images have an ID that begins so.
    case ambiguousImage(String, candidates: [String])
    /// An image that a container uses.
    case imageInUse(String, container: String)
    /// An image that was to be removed by its ID and has more than one name.
    case severalNames(String, names: [String])
    /// Where an image is to be saved to, something is.
    case destinationExists(FilePath)
    /// An image made for other machines only.
    case noMatchingPlatform(name: String, wanted: String, available: [String])
    /// Something in an image's place that is none: a signature, an attestation, a chart.
    case noImage(name: String, type: String)

    /// What the user is told.
    public var explanation: Explanation {
        switch self {
        case .invalidName(let name, let reason):
            Explanation("\"\(name.printable)\" is not an image name: \(reason)")
        case .invalidInstruction(let line, let reason):
            Explanation("--change \"\(line.printable)\" is invalid: \(reason)")
        case .missingParent(let container, let image):
            Explanation(
                "the image \"\(image.printable)\" of the container \(container) is not in the store any more",
                remedy: "import it again, or export the container: mydocker export \(container)")
        case .invalidDigest(let text):
            Explanation("\"\(text.printable)\" is not a digest (sha256: and 64 hexadecimal digits)")
        case .malformedArchive(let reason, let offset):
            Explanation("not a valid tar archive: \(reason), at byte \(offset)")
        case .truncatedArchive(let offset):
            Explanation(
                "the tar archive is cut off at byte \(offset)",
                remedy: "produce or download the archive again")
        case .malformedCompression(let reason):
            Explanation("cannot decompress: \(reason)", remedy: "produce or download the archive again")
        case .unsupportedCompression(let name):
            Explanation(
                "cannot decompress \(name): only gzip and zstd are read",
                remedy: "decompress it first, and give the plain archive")
        case .refusedEntry(let name, let reason):
            Explanation("refusing the archive entry \"\(name.printable)\": \(reason)")
        case .failedEntry(let name, let error):
            Explanation(
                "entry \"\(name.printable)\": \(error.explanation.problem)", remedy: error.explanation.remedy)
        case .digestMismatch(let content, let expected, let actual):
            Explanation(
                "\(content) is damaged: its digest is \(actual), expected \(expected)",
                remedy: "import the image again")
        case .unsupportedMediaType(let type):
            Explanation("cannot read content of the type \"\(type.printable)\"")
        case .damagedStore(let path, let reason):
            Explanation(
                "the image store is damaged: \(path): \(reason)",
                remedy: path.parent.lastComponent == "sha256"
                    ? "import or load the image again" : "run: mydocker storage verify --repair")
        case .malformedImage(let part, let reason):
            Explanation("\(part.printable) is not valid: \(reason)")
        case .unknownImage(let name, let similar):
            Explanation(
                "there is no image \"\(name.printable)\"",
                remedy: similar.isEmpty
                    ? "see: mydocker images" : "did you mean \(similar.prefix(3).joined(separator: " or "))?")
        case .ambiguousImage(let text, let candidates):
            Explanation(
                "several images have an ID that begins with \(text.printable): \(candidates.joined(separator: ", "))",
                remedy: "give more digits")
        case .imageInUse(let name, let container):
            Explanation(
                "the image \(name.printable) is used by the container \(container.printable)",
                remedy: "remove the container first, or use -f")
        case .severalNames(let text, let names):
            Explanation(
                "the image \(text.printable) has several names: \(names.joined(separator: ", "))",
                remedy: "remove it by one of its names, or use -f to remove them all")
        case .destinationExists(let path):
            Explanation("\(path) exists already", remedy: "remove it first, or choose another name")
        case .noMatchingPlatform(let name, let wanted, let available):
            Explanation(
                "the image \(name) has no variant for \(wanted), only for \(available.joined(separator: ", "))",
                remedy: "get it for this machine")
        case .noImage(let name, let type):
            Explanation("\(name) is no image: it holds content of the type \"\(type)\"")
        }
    }
}
