import Glibc
import Testing

@testable import Host
@testable import Layers
@testable import Tree

extension Trait where Self == ConditionTrait {
    /// Skips the test where temporary files cannot have user attributes (tmpfs before Linux 6.6).
    static var needsUserAttributes: Self {
        .enabled("the file system of temporary files has no user attributes") {
            let directory = try TemporaryDirectory()
            let file = try Descriptor(try directory.file("file", []), O_RDWR)
            return (try? FileMetadata.set(.init(name: "user.test", value: [1]), on: file.rawValue)) != nil
        }
    }
}
