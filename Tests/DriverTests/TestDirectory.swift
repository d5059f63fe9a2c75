import Glibc
import SystemPackage
import Testing

/// Makes a new, empty directory, in memory if scripts/test has made that; whoever asks for it removes it.
///
/// What depends on the file system below is tried on several by BackingFileSystemTests.
///
/// - Parameter isOnDisk: true for one that is never in memory.
func makeTestDirectory(isOnDisk: Bool = false) throws -> FilePath {
    let memory = getenv("MYDOCKER_TEST_MEMORY").map { "\(String(cString: $0))/XXXXXX" }
    let other = isOnDisk ? "/var/tmp/mydocker-test-XXXXXX" : memory
    var template = Array((other ?? "/tmp/mydocker-test-XXXXXX").utf8CString)
    try #require(mkdtemp(&template) != nil)
    return FilePath(platformString: template)
}
