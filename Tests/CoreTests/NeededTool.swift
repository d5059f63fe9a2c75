import Glibc
import Testing

extension Trait where Self == ConditionTrait {
    /// Skips the test where this program of /usr/bin is not installed.
    static func needs(_ tool: String) -> Self {
        .enabled(if: access("/usr/bin/\(tool)", X_OK) == 0, "\(tool) is not installed")
    }
}
