public import Host
public import SystemPackage

/// What goes wrong when a container is run.
public enum RunError: Explained, Equatable {
    /// Not root.
    case notRoot
    /// No command: neither on the command line nor in the image.
    case noCommand
    /// A name that is not one.
    case invalidName(String)
    /// A container of that name exists.
    case nameTaken(String)
    /// No container of that name or ID.
    case noContainer(String)
    /// The container is running.
    case stillRuns(String)
    /// The container runs already.
    case alreadyRuns(String)
    /// The container is not running.
    case notRunning(String)
    /// The monitor of a container has gone while somebody was attached.
    case monitorLost
    /// The container has no log.
    case noLog(String, reason: String)
    /// The container is paused.
    case paused(String)
    /// The container runs in the foreground of another mydocker, which has its streams.
    case notDetached(String)
    /// The container cannot be given another storage driver.
    case cannotMigrate(String, reason: String)
    /// The container was killed, and the mydocker that watches over it does not end.
    case doesNotEnd(String)
    /// The container is just being started.
    case notReady(String)
    /// Several containers' IDs begin so.
    case ambiguous(String, count: Int)
    /// What was remembered of a container cannot be read.
    case damagedRecord(FilePath)
    /// An option's value that makes no sense.
    case invalidOption(option: String, value: String, reason: String)
    /// No image of that name; similar ones, if any.
    case unknownImage(String, similar: [String])
    /// A standard stream of mydocker's is a directory.
    case directoryAsStream(Int32)
    /// What the container wrote could not be written.
    case outputLost(SystemCallError)
    /// `--userns auto`: there are no users left that nobody is.
    case noUserIDs
    /// `--userns` as an ordinary user.
    case ownUsersNeedRoot
    /// A container cannot have a user namespace of its own.
    case cannotMapUsers(driver: String, reason: String)
    /// `--rootfs` names something that cannot be a root.
    case unusableRoot(path: String, reason: String)
    /// `mydocker init` failed; `image` is what was searched for the command, `similar` are images whose names are
    /// like the command's, and `source` is how to get one of that name, if the command may have been meant so.
    case initFailed(InitFailure, image: String, similar: [String], source: String?)

    /// The exit status that docker and podman give for such a failure.
    public var exitStatus: ExitStatus {
        guard case .initFailed(let failure, _, _, _) = self else { return .ownError }
        return switch failure.kind {
        case .setUp, .tooManyLayers: .ownError
        case .commandNotFound: .notFound
        case .commandNotExecutable: .notExecutable
        }
    }

    /// What the user is told.
    public var explanation: Explanation {
        switch self {
        case .notRoot:
            Explanation("only root can make and remove containers", remedy: "run it with sudo")
        case .noUserIDs:
            Explanation(
                "--userns auto finds no 65536 users and groups that nobody else has",
                remedy:
                    "remove containers that have some, or give \"containers\" more in /etc/subuid and /etc/subgid"
            )
        case .ownUsersNeedRoot:
            Explanation(
                "an ordinary user cannot give a container users of its own: only the host's root maps IDs of mounts",
                remedy: "leave out --userns: the container's root is not the host's, but you")
        case .cannotMapUsers(let driver, let reason):
            Explanation(
                "with the storage driver \(driver), the container's users cannot be others than the host's: \(reason)",
                remedy: "use another --storage, or --userns host")
        case .noCommand:
            Explanation(
                "there is no command to run",
                remedy: "say one: mydocker run [options] [IMAGE] COMMAND [ARG...]")
        case .invalidName(let name):
            Explanation(
                "\"\(name)\" cannot be a container's name",
                remedy: "use letters, digits, '.', '-' and '_', starting with a letter or digit, at most 128")
        case .nameTaken(let name):
            Explanation(
                "there is a container called \"\(name)\" already",
                remedy: "choose another --name, or if it has ended: mydocker rm \(name)")
        case .noContainer(let name):
            Explanation("there is no container called \"\(name)\"")
        case .stillRuns(let name):
            Explanation(
                "the container \"\(name)\" is running",
                remedy: "end its command first, or: mydocker rm --force \(name)")
        case .alreadyRuns(let name):
            Explanation("the container \"\(name)\" is running already")
        case .notRunning(let name):
            Explanation("the container \"\(name)\" is not running", remedy: "mydocker start \(name)")
        case .monitorLost:
            Explanation(
                "the container's monitor is gone, and the container with it",
                remedy: "the next command puts it in order; see: mydocker ps -a")
        case .noLog(let name, let reason):
            Explanation("the container \"\(name)\" has no log: \(reason)")
        case .paused(let name):
            Explanation("the container \"\(name)\" is paused", remedy: "mydocker unpause \(name)")
        case .notDetached(let name):
            Explanation(
                "the container \"\(name)\" runs in the foreground of another mydocker, which has its streams",
                remedy: "start it with mydocker run -d, or mydocker start")
        case .cannotMigrate(let name, let reason):
            Explanation("cannot migrate the container \"\(name)\": \(reason)")
        case .doesNotEnd(let name):
            Explanation(
                "the container \"\(name)\" was killed, and its mydocker does not notice",
                remedy: "end that process; the next command removes what it leaves")
        case .notReady(let name):
            Explanation("the container \"\(name)\" is just being started", remedy: "try again")
        case .ambiguous(let prefix, let count):
            Explanation(
                "\(count) containers' IDs begin with \"\(prefix)\"",
                remedy: "say more of it; see: mydocker ps -a")
        case .damagedRecord(let path):
            Explanation("\(path) is damaged", remedy: "run: mydocker storage verify --repair")
        case .invalidOption(let option, let value, let reason):
            Explanation("\(option) \"\(value)\" is invalid: \(reason)")
        case .unknownImage(let name, let similar):
            Explanation(
                "there is no image called \"\(name)\"",
                remedy: similar.asQuestion ?? "get it by mydocker load or image import; see: mydocker images"
            )
        case .directoryAsStream(let stream):
            Explanation(
                "standard stream \(stream) is a directory, which would be a way out of the container",
                remedy: "redirect it to or from a file, a pipe or /dev/null")
        case .outputLost(let error):
            Explanation(
                "output of the container is lost: \(error.explanation.problem)",
                remedy: error.explanation.remedy)
        case .unusableRoot(let path, let reason):
            Explanation(
                "--rootfs \(path) cannot be a root file system: \(reason)", remedy: "name a directory")
        case .initFailed(let failure, let image, let similar, let source):
            failure.explanation(image: image, similar: similar, source: source)
        }
    }
}

extension InitFailure {
    fileprivate func explanation(image: String, similar: [String], source: String?) -> Explanation {
        let why = detail.map { "\(errno) (\($0))" } ?? "\(errno)"
        switch kind {
        case .setUp, .tooManyLayers:
            return Explanation(
                "cannot set up the container: \(step) \(subject): \(why)", remedy: remedy ?? errno.remedy)
        case .commandNotFound where detail == nil:
            return Explanation(
                "command \"\(subject)\" not found in \(image)"
                    + (source == nil ? "" : ", and there is no image of that name"),
                remedy: similar.asQuestion ?? source.map { "get the image: \($0)" }
                    ?? "an image's name goes before the command: mydocker run IMAGE COMMAND")
        case .commandNotFound, .commandNotExecutable:
            return Explanation("cannot execute \"\(subject)\" in \(image): \(why)")
        }
    }
}

extension [String] {
    fileprivate var asQuestion: String? {
        isEmpty ? nil : "did you mean the image \(prefix(3).map { "\"\($0)\"" }.joined(separator: " or "))?"
    }
}
