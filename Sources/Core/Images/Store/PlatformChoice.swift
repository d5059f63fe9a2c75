internal import Glibc
internal import Host
internal import Layers
internal import SystemPackage

/// What a machine can run, the best first: the order of containerd, which docker takes images by.
///
/// Source: platforms/compare.go and defaults_unix.go of containerd.
struct PlatformChoice: Sendable {
    private let choices: [Kind]

    private struct Kind: Equatable {
        package var architecture: String
        var variant: String
    }

    /// - Parameters:
    ///   - architecture: the machine's, in the words of Go.
    ///   - level: of an amd64, the level of its instructions: 1 to 4 (x86-64 psABI, "Micro-Architecture Levels").
    init(architecture: String, level: Int = 1) {
        choices =
            switch architecture {
            case "amd64":
                (1...max(level, 1)).reversed().map { Kind(architecture: "amd64", variant: "v\($0)") }
                    + [Kind(architecture: "386", variant: "")]
            case "arm64":
                [Kind(architecture: "arm64", variant: "v8")]
                    + (5...8).reversed().map { Kind(architecture: "arm", variant: "v\($0)") }
            default: [Kind(architecture: architecture, variant: "")]
            }
    }

    /// This machine.
    static let here = PlatformChoice(
        architecture: Platform.current.architecture,
        level: Platform.current.architecture == "amd64" ? level(ofProcessor: processorFlags()) : 1)

    /// How good an image for `platform` is, 0 the best; nil if it does not run.
    func rank(of platform: Platform) -> Int? {
        guard platform.os.lowercased() == "linux" else { return nil }
        let kind = Self.normalized(platform)
        return choices.firstIndex(of: kind)
    }

    /// The best of these, the first of several that are as good; nil if none runs.
    func best<Candidate>(of candidates: [Candidate], platform: (Candidate) -> Platform?) -> Candidate? {
        var best: (rank: Int, candidate: Candidate)?
        for candidate in candidates {
            guard let rank = platform(candidate).flatMap(rank) else { continue }
            if rank < best?.rank ?? .max { best = (rank, candidate) }
        }
        return best?.candidate
    }

    /// True if only some processors of an architecture run what is made for its variant.
    static func isParticular(_ variant: String?) -> Bool {
        guard let variant, Platform.current.architecture == "amd64" else { return false }
        return !["", "v1"].contains(variant)
    }

    /// The words for one thing are many.
    private static func normalized(_ platform: Platform) -> Kind {
        var kind = Kind(
            architecture: platform.architecture.lowercased(), variant: (platform.variant ?? "").lowercased())
        if Int(kind.variant) != nil { kind.variant = "v" + kind.variant }
        switch kind.architecture {
        case "x86_64", "x86-64": kind.architecture = "amd64"
        case "aarch64": kind.architecture = "arm64"
        case "i386", "i486", "i586", "i686": kind.architecture = "386"
        case "armhf": kind = Kind(architecture: "arm", variant: "v7")
        case "armel": kind = Kind(architecture: "arm", variant: "v6")
        default: break
        }
        switch kind.architecture {
        case "amd64" where kind.variant.isEmpty: kind.variant = "v1"
        case "arm64" where kind.variant.isEmpty: kind.variant = "v8"
        case "arm" where kind.variant.isEmpty: kind.variant = "v7"
        case "amd64", "arm64", "arm": break
        default: kind.variant = ""
        }
        return kind
    }

    /// The level of a processor with these flags, as /proc/cpuinfo calls them (arch/x86/include/asm/cpufeatures.h).
    static func level(ofProcessor flags: Set<Substring>) -> Int {
        let levels: [[Substring]] = [
            ["cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"],
            ["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"],
            ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"],
        ]
        return 1 + levels.prefix { flags.isSuperset(of: $0) }.count
    }

    /// The flags of the first processor; none if it does not say.
    private static func processorFlags() -> Set<Substring> {
        // One processor takes less than half of that.
        var bytes = [UInt8](repeating: 0, count: 1 << 13)
        guard let file = try? Descriptor("/proc/cpuinfo", O_RDONLY),
            let count = try? bytes.withUnsafeMutableBytes({ try FileSource(file.rawValue).fill($0) })
        else { return [] }
        let text = String(decoding: bytes[..<count], as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("flags") }
        return Set(line?.split(separator: " ") ?? [])
    }
}

extension Image {
    /// The machines that it is for, if they are not of this kind: "linux/arm64".
    ///
    /// What the processor can do besides is not asked: that would take time at every start.
    package var foreignPlatform: String? {
        let here = Platform.current
        if architecture == here.architecture && os == here.os || architecture.isEmpty { return nil }
        let platform = Platform(architecture: architecture, os: os.isEmpty ? here.os : os)
        let known = PlatformChoice(architecture: here.architecture)
        return known.rank(of: platform) == nil ? platform.text : nil
    }
}
