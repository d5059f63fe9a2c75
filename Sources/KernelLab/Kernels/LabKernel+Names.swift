internal import Core
internal import Glibc
public import SystemPackage

extension LabKernel {
    /// The kernels that a user means: "host", the path or name of a file, a directory with kernels in it, `deb:VERSION`,
    /// or `ssh://HOST`.
    ///
    /// - Parameter cache: a directory in which packages are unpacked, and stay.
    /// - Throws: ``LabError``, ``SystemCallError``.
    public static func all(_ text: String, cache: FilePath) throws -> [LabKernel] {
        if text.hasPrefix(KernelPackage.prefix) {
            let package = KernelPackage(String(text.dropFirst(KernelPackage.prefix.count)))
            return [.package(text, try package.kernel(in: cache))]
        }
        if text.hasPrefix(RemoteMachine.prefix) { return [.machine(try RemoteMachine(text))] }
        let path = FilePath(text)
        guard text.contains("/"), Files.isDirectory(path.appending(".")) else { return [try LabKernel(text)] }
        let kernels = try Files.list(path).sorted { VersionText($0) < VersionText($1) }.compactMap { name in
            try? LabKernel(path.appending(FilePath(name).components).string)
        }
        if kernels.isEmpty { throw LabError.noKernel(text) }
        return kernels
    }
}

/// A text with numbers in it, which are compared as numbers: 6.9 comes before 6.12.
struct VersionText: Comparable {
    private let parts: [Part]

    private enum Part: Equatable {
        case number(Int)
        case text(String)
    }

    init(_ text: String) {
        var parts: [Part] = []
        var rest = text[...]
        while let first = rest.first {
            let isNumber = first.isASCII && first.isNumber
            let part = rest.prefix { ($0.isASCII && $0.isNumber) == isNumber }
            parts.append(isNumber ? .number(Int(part) ?? .max) : .text(String(part)))
            rest = rest.dropFirst(part.count)
        }
        self.parts = parts
    }

    static func < (left: VersionText, right: VersionText) -> Bool {
        for (a, b) in zip(left.parts, right.parts) where a != b {
            switch (a, b) {
            case (.number(let a), .number(let b)): return a < b
            case (.text(let a), .text(let b)): return a < b
            case (.number, .text): return true
            case (.text, .number): return false
            }
        }
        return left.parts.count < right.parts.count
    }
}
