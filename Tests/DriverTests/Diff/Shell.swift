import Glibc
import SystemPackage

@testable import Host

/// Runs a script in a directory and returns what it prints; a command of it that fails is an error.
func shell(_ script: String, in directory: FilePath) throws -> String {
    let pipe = try DescriptorPair.pipe()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipe.second.rawValue, 1)
    let words = strings(["sh", "-euc", "cd \"$1\"\n\(script)", "sh", directory.string])
    let variables = strings(["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TZ=UTC"])
    defer { (words + variables).forEach { free($0) } }
    var process: pid_t = 0
    let result = posix_spawn(&process, "/bin/sh", &actions, nil, words, variables)
    if result != 0 { throw SystemCallError("posix_spawn", errno: Errno(rawValue: result)) }
    let output = pipe.onlyFirst()
    let text = try output.readAll(limit: 64 << 20, subject: script)
    var status: Int32 = 0
    try systemCall("waitpid") { waitpid(process, &status, 0) }
    guard status == 0 else { throw ScriptFailure(script: script, status: status) }
    return String(decoding: text, as: UTF8.self)
}

private func strings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
    texts.map { strdup($0) } + [nil]
}

/// A script that ended with an error.
struct ScriptFailure: Error {
    let script: String
    let status: Int32
}
