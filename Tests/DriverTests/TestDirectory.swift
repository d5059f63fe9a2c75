import Glibc
import SystemPackage
import Testing

/// Makes a new, empty directory, in memory if scripts/test has made that; whoever asks for it removes it.
///
/// What depends on the file system below is tried on several by BackingFileSystemTests.
func makeTestDirectory() throws -> FilePath {
    let memory = getenv("MYDOCKER_TEST_MEMORY").map { "\(String(cString: $0))/XXXXXX" }
    var template = Array((memory ?? "/tmp/mydocker-test-XXXXXX").utf8CString)
    try #require(mkdtemp(&template) != nil)
    return FilePath(platformString: template)
}
