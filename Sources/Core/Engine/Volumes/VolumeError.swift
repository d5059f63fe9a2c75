public import Host
public import SystemPackage

/// What goes wrong with volumes.
public enum VolumeError: Explained, Equatable {
    /// A name that is not one.
    case invalidName(String)
    /// No volume of that name.
    case noVolume(String)
    /// Several volumes' names begin so.
    case ambiguous(String, count: Int)
    /// It is used by these containers; without any, by one that is just being started or ended.
    case inUse(String, by: [String])
    /// There is one of that name with other options.
    case otherOptions(String)
    /// An option that volumes do not have.
    case unknownOption(name: String, value: String)
    /// What is known of it cannot be read.
    case damaged(FilePath)
    /// The directory of the host that is to be mounted is not there.
    case noSource(path: String)
    /// Two mounts at one place.
    case targetTaken(String)
    /// The image's content could not be copied into it.
    case notFilled(String, target: String, TreeProblem)

    /// What the user is told of a copy that failed.
    public struct TreeProblem: Sendable, Equatable {
        let problem: String
        let remedy: String?
    }

    /// What the user is told.
    public var explanation: Explanation {
        switch self {
        case .invalidName(let name):
            Explanation(
                "\"\(name)\" cannot be a volume's name",
                remedy: "use letters, digits, '.', '-' and '_', starting with a letter or digit, 2 to 128")
        case .noVolume(let name):
            Explanation("there is no volume called \"\(name)\"", remedy: "see: mydocker volume ls")
        case .ambiguous(let prefix, let count):
            Explanation(
                "\(count) volumes' names begin with \"\(prefix)\"",
                remedy: "say more of it; see: mydocker volume ls")
        case .inUse(let name, let containers) where containers.isEmpty:
            Explanation("the volume \"\(name)\" is in use", remedy: "try again")
        case .inUse(let name, let containers):
            Explanation(
                "the volume \"\(name)\" is in use by: \(containers.joined(separator: ", "))",
                remedy: "remove what uses it first: mydocker rm \(containers.joined(separator: " "))")
        case .otherOptions(let name):
            Explanation(
                "there is a volume called \"\(name)\" already, with other options",
                remedy: "choose another name, or: mydocker volume rm \(name)")
        case .unknownOption(let name, let value):
            Explanation(
                "volumes have no option \"\(name)=\(value)\"",
                remedy:
                    "a directory of the host is: --opt type=none --opt o=bind --opt device=/PATH; or use run -v /PATH:…"
            )
        case .damaged(let path):
            Explanation("\(path) is damaged", remedy: "move it away, or restore it from a backup")
        case .noSource(let path):
            Explanation(
                "the directory or file to be mounted does not exist: \(path)",
                remedy: "make it, or use -v, which makes a directory")
        case .targetTaken(let target):
            Explanation("there are two mounts at \(target)", remedy: "leave one of them out")
        case .notFilled(let name, let target, let reason):
            Explanation(
                "cannot copy the image's \(target) into the volume \"\(name)\": \(reason.problem)",
                remedy: reason.remedy ?? "with nocopy (-v \(name):\(target):nocopy) nothing is copied")
        }
    }
}
