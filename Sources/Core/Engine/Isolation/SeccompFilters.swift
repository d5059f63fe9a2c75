internal import CLinux
internal import Glibc
internal import Host
internal import Layers
internal import Runtime
internal import Storage
internal import SystemPackage

/// The filters of a store, kept so that a start reads one file instead of compiling a profile.
struct SeccompFilters {
    private let directory: FilePath

    init(in store: Store) {
        directory = store.seccomp
    }

    #if arch(x86_64)
        private static let architecture = (
            name: "x86_64", all: ["amd64", "x86", "x32"], others: ["x86", "x32"]
        )
    #elseif arch(arm64)
        private static let architecture = (name: "aarch64", all: ["arm64", "arm"], others: ["arm"])
    #else
        private static let architecture = (name: "other", all: [String](), others: [String]())
    #endif

    /// What ``filter(_:_:remembering:)`` can be asked for.
    enum Wanted {
        case standard
        /// A profile in docker's form, at this path.
        case file(FilePath)
        /// The same, itself.
        case text(String)

        /// True for the user's own.
        var isOwn: Bool {
            if case .standard = self { false } else { true }
        }
    }

    /// The filter for a container with these capabilities; nil if the kernel has no filters.
    ///
    /// It is found under the profile, the capabilities, the architecture and the kernel that it was compiled for.
    ///
    /// - Throws: ``RunError/invalidOption(option:value:reason:)`` for a file that is no profile; ``SystemCallError``.
    func filter(
        _ wanted: Wanted, _ capabilities: CapabilitySet, remembering: Bool
    ) throws -> [UInt8]? {
        var content: [UInt8] = []
        var identity = "standard\(SeccompProfile.standardVersion)"
        switch wanted {
        case .standard: break
        case .file(let path):
            do { content = try read(path) } catch {
                throw Self.refuse(path, "\(error.errno)")
            }
        case .text(let text): content = Array(text.utf8)
        }
        if !content.isEmpty {
            identity = String(SHA256Hasher.digest(of: content).hex.prefix(32))
        }
        let release = try Self.release()
        let name = "\(identity)-\(String(capabilities.bits, radix: 16))-\(Self.architecture.name)-\(release)"
        let file = directory.appending(name)
        if let filter = try? read(file), Self.isWhole(filter) { return filter }
        guard clx_seccomp_available() != 0 else { return nil }
        let filter = try compile(wanted, content, capabilities, release)
        if remembering { try? keep(filter, at: file) }
        return filter
    }

    /// The kernel's name for itself (uname(2)).
    private static func release() throws(SystemCallError) -> String {
        var system = utsname()
        guard uname(&system) == 0 else { throw SystemCallError("uname") }
        return withUnsafeBytes(of: system.release) {
            String(decoding: $0.prefix { $0 != 0 && $0 != 47 }, as: UTF8.self)
        }
    }

    private func read(_ file: FilePath) throws(SystemCallError) -> [UInt8] {
        let file = try Descriptor(file, O_RDONLY)
        return try file.readAll(limit: 4 << 20, subject: "the profile")
    }

    /// The kept filters that nothing will read again: of other kernels and profiles of old, and what killed processes
    /// have left.
    func unneeded() throws(SystemCallError) -> [FilePath] {
        guard Files.isDirectory(directory) else { return [] }
        let end = "-\(Self.architecture.name)-\(try Self.release())"
        let standard = "standard\(SeccompProfile.standardVersion)-"
        return try Files.list(directory, following: false).sorted().filter { name in
            // Who is just writing one has it compiled already.
            name.hasPrefix(".") || !name.hasSuffix(end)
                || name.hasPrefix("standard") && !name.hasPrefix(standard)
        }.map { directory.appending(FilePath($0).components) }
    }

    private static func refuse(_ path: FilePath, _ reason: String) -> RunError {
        .invalidOption(option: "--security-opt", value: "seccomp=\(path)", reason: reason)
    }

    private func compile(
        _ wanted: Wanted, _ content: [UInt8], _ capabilities: CapabilitySet, _ release: String
    ) throws -> [UInt8] {
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        let machine = SeccompProfile.Machine(
            architectures: Self.architecture.all,
            kernel: numbers.count == 2 ? (numbers[0], numbers[1]) : (0, 0))
        do {
            var profile: SeccompProfile
            if case .standard = wanted {
                profile = try SeccompProfile(text: SeccompProfile.standardText)
                profile.otherArchitectures = Self.architecture.others
            } else {
                profile = try SeccompProfile(json: content, native: Self.architecture.name)
            }
            return try SeccompCompiler(profile: profile, capabilities: capabilities, machine: machine)
                .filter()
        } catch {
            let path: FilePath
            switch wanted {
            case .standard: throw error
            case .file(let file): path = file
            case .text: path = "the profile that the container was made with"
            }
            switch error {
            case let error as SeccompProfile.Unusable: throw Self.refuse(path, error.reason)
            case let error as SeccompCompiler.Failure:
                throw Self.refuse(path, "\(error.operation): \(error.errno)")
            default: throw error
            }
        }
    }

    /// Ends with an instruction that gives an answer; a file that was cut off does not.
    private static func isWhole(_ filter: [UInt8]) -> Bool {
        !filter.isEmpty && filter.count % 8 == 0 && filter[filter.count - 8] == UInt8(BPF_RET | BPF_K)
    }

    private func keep(_ filter: [UInt8], at file: FilePath) throws(SystemCallError) {
        if !Files.isDirectory(directory) {
            do { try Files.makeDirectory(directory, mode: 0o700) } catch  where error.errno == .fileExists {}
        }
        let new = directory.appending(FilePath(".\(LiveDirectory.randomName())").components)
        defer { try? Files.remove(new) }
        let written = try Descriptor(new, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        try written.write(filter, subject: new.string)
        try Files.rename(new, to: file)
    }
}
