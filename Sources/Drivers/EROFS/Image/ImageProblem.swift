internal import DriverKit

/// Why a tree does not become an image.
enum ImageProblem: Explained, Equatable {
    /// The attributes of one file are more than an image can hold.
    case attributesTooLarge
    /// The image would be larger than 16 TiB.
    case tooLarge

    var explanation: Explanation {
        switch self {
        case .attributesTooLarge:
            Explanation(
                "a file's extended attributes are more than an EROFS image can hold (256 KiB)",
                remedy: "use another storage driver")
        case .tooLarge:
            Explanation(
                "a layer is larger than an EROFS image can be (16 TiB)", remedy: "use another storage driver")
        }
    }
}
