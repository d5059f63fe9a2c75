internal import CLinux
public import Core
internal import Glibc
public import SystemPackage

/// The conformance kit: every case, tried with one driver on this kernel and this file system.
///
/// ```swift
/// let kit = ConformanceKit(MyDriver(), in: "/var/tmp/empty")
/// for test in ConformanceKit.cases {
///     let result = kit.run(test)
/// }
/// ```
/// Each case has a store of its own below the directory, runs in a private mount namespace, and is cleaned up after;
/// what it leaves behind is a failure of it (K5). Needs root.
public struct ConformanceKit: Sendable {
    /// All cases, in the order of the list.
    public static let cases: [ConformanceCase] =
        ModelCases.all + ContentCases.all + LinkCases.all + MetadataCases.all + NameCases.all + LimitCases.all
        + ConcurrencyCases.all + CrashCases.all + PortabilityCases.all

    private let driver: any StorageDriver
    private let directory: FilePath

    /// A kit for `driver`, which works in `directory`: existing, and on the file system that is of interest.
    public init(_ driver: any StorageDriver, in directory: FilePath) {
        self.driver = driver
        self.directory = directory
    }

    /// Tries one case.
    ///
    /// Waits for its end; does not throw, since a failure is a result.
    public func run(_ test: ConformanceCase) -> ConformanceResult {
        let start = Self.now()
        let (verdict, detail) = outcome(of: test)
        return ConformanceResult(
            driver: driver.name, id: test.id, title: test.title, verdict: verdict, detail: detail,
            milliseconds: Int((Self.now() - start) / 1_000_000))
    }

    private func outcome(of test: ConformanceCase) -> (ConformanceResult.Verdict, String?) {
        let place = directory.appending("\(test.id)-\(getpid())")
        let descriptors = Self.descriptors()
        let (driver, body) = (driver, test.body)
        var outcome: (ConformanceResult.Verdict, String?)
        do {
            try Files.makeDirectory(place, mode: 0o700)
            let declared = try PrivateMountNamespace.run { try body(ConformanceScene(driver, in: place)) }
            outcome = (declared == nil ? .passed : .declared, declared)
        } catch let skip as ConformanceSkip {
            outcome = (.skipped, skip.reason)
        } catch {
            outcome = (.failed, Self.text(of: error))
        }
        do { try TreeRemoval.remove(place) } catch {
            outcome = (.failed, "something was left behind: \(error.explanation.problem)")
        }
        // Only where nothing else opens files meanwhile does the number say something.
        let left = Self.descriptors().subtracting(descriptors).filter { $0.hasPrefix(place.string) }
        if outcome.0 != .failed, let left = left.first {
            outcome = (.failed, "a descriptor was left open: \(left)")
        }
        let mounts = (try? MountTable().entries(below: place)) ?? []
        if outcome.0 != .failed, let mount = mounts.first {
            outcome = (.failed, "a mount was left: \(mount.target)")
        }
        return outcome
    }

    private static func text(of error: any Error) -> String {
        switch error {
        case let failure as ConformanceFailure: failure.reason
        case let error as any Explained: error.explanation.problem
        default: "\(error)"
        }
    }

    /// What the open descriptors of this process lead to.
    private static func descriptors() -> Set<String> {
        let place: FilePath = "/proc/self/fd"
        let names = (try? Files.list(place)) ?? []
        return Set(names.compactMap { try? Files.readLink(place.appending(FilePath($0).components)) })
    }

    private static func now() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}
