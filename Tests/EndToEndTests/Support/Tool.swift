import Glibc
import Testing

/// Where what is tested comes from.
enum Tool {
    /// The repository's directory.
    static let repository: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(4)  // Tests/EndToEndTests/Support/Tool.swift
        return parts.joined(separator: "/")
    }()

    /// The program: $MYDOCKER_TEST_BINARY, or what `make build` has made.
    static let binary =
        getenv("MYDOCKER_TEST_BINARY").map { String(cString: $0) } ?? "\(repository)/bin/mydocker"

    /// Where the tests were built.
    static let built: String = {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = max(0, readlink("/proc/self/exe", &path, path.count))
        let parts = String(decoding: path[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self).split(
            separator: "/")
        return "/\(parts.dropLast().joined(separator: "/"))"
    }()

    /// A mydocker with a driver that is broken, built beside the tests.
    static let forgetful = "\(built)/mydocker-forgetful"

    /// The distribution's own python, and the programs for it that check what mydocker does without using its code.
    static let python = "/usr/bin/python3"
    static let scripts = "\(repository)/Tests/EndToEndTests/Support/Scripts"

    /// The default image's root file system as an archive, made once.
    static let archive: Result<String, any Error> = Result {
        let path = "/tmp/mydocker-test-\(getpid()).tar"
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        try #require(file >= 0, "cannot make \(path)")
        // Without a name it goes with this process, however that ends.
        unlink(path)
        let made = try Program(
            ["\(repository)/scripts/busybox-rootfs"], .init(output: .descriptor(file))
        ).finish()
        try #require(made.status == 0, made.everything)
        return "/proc/\(getpid())/fd/\(file)"
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips the test where one of these programs is not installed.
    static func needs(_ tools: String...) -> Self {
        let missing = tools.filter { access("/usr/bin/\($0)", X_OK) != 0 }
        return .enabled(if: missing.isEmpty, "not installed: \(missing.joined(separator: " "))")
    }
}
