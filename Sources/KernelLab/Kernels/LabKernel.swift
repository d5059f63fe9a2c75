internal import CLinux
internal import Core
internal import Glibc
public import SystemPackage

/// A kernel to compare drivers on.
public enum LabKernel: Sendable, Equatable {
    /// The one that runs.
    case host
    /// A user-mode kernel: an executable.
    case userMode(FilePath)
    /// A kernel image, booted under QEMU.
    case image(FilePath)
    /// A kernel image of a package, by the word that was given for it.
    case package(String, FilePath)
    /// Another machine's.
    case machine(RemoteMachine)

    /// The kernel that a user means: "host", or the path or name of a file.
    ///
    /// - Throws: ``LabError/noKernel(_:)``.
    public init(_ text: String) throws {
        if text == "host" {
            self = .host
            return
        }
        let directories = text.contains("/") ? [""] : ["", "/usr/bin/", "/usr/local/bin/", "/boot/"]
        guard let path = directories.map({ FilePath($0 + text) }).first(where: Files.exists) else {
            throw LabError.noKernel(text)
        }
        let head = (try? Descriptor(path, O_RDONLY).readAll(limit: 0x300, subject: text)) ?? []
        // "The Linux/x86 Boot Protocol" in the kernel's documentation: the magic number HdrS at 0x202.
        if head.count >= 0x206, Array(head[0x202..<0x206]) == Array("HdrS".utf8) {
            self = .image(path)
        } else if head.starts(with: [0x7f, 0x45, 0x4c, 0x46]), access(path.string, X_OK) == 0 {
            self = .userMode(path)
        } else {
            throw LabError.noKernel(text)
        }
    }

    /// What a report calls it.
    public var name: String {
        switch self {
        case .host: "host"
        case .machine(let machine): machine.address
        case .userMode(let path), .image(let path), .package(_, let path):
            path.lastComponent?.string ?? path.string
        }
    }

    /// True for one that is started for this.
    var isBooted: Bool {
        switch self {
        case .host, .machine: false
        case .userMode, .image, .package: true
        }
    }

    /// The word by which it was asked for, if that says more than the name.
    var word: String? {
        if case .package(let word, _) = self { word } else { nil }
    }

    /// Where its modules are, as far as that can be told: beside a packaged kernel, or the user-mode kernel's own.
    func modules() -> FilePath? {
        switch self {
        case .host, .machine: return nil
        case .userMode(let path):
            let version = (try? Command([path.string, "--version"]).output())?.text.split(separator: "\n")
                .first
            return version.map { FilePath("/usr/lib/uml/modules/\($0)") }.flatMap {
                Files.isDirectory($0) ? $0 : nil
            }
        case .image(let path), .package(_, let path):
            // …/boot/vmlinuz-VERSION and …/lib/modules/VERSION.
            guard let name = path.lastComponent?.string, let dash = name.firstIndex(of: "-") else {
                return nil
            }
            let version = String(name[name.index(after: dash)...])
            let root = path.removingLastComponent().removingLastComponent()
            let places = [
                root.pushing(FilePath("lib/modules/\(version)")), FilePath("/lib/modules/\(version)"),
            ]
            return places.first(where: Files.isDirectory)
        }
    }
}
