internal import Glibc
public import SystemPackage

/// The thread's errno; a name of its own because `errno` is also a label all over this package.
package var cErrno: Int32 { errno }

/// Runs a C call that returns -1 on failure, again as long as a signal interrupts it.
///
/// - Parameters:
///   - name: the C function, for the error.
///   - subject: what it works on, for the error.
/// - Throws: ``SystemCallError``.
@discardableResult
@inlinable
package func systemCall<Result: FixedWidthInteger>(
    _ name: String, _ subject: @autoclosure () -> String? = nil,
    _ body: () -> Result
) throws(SystemCallError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let reason = Errno.current
        if reason == .interrupted { continue }
        throw SystemCallError(name, subject(), errno: reason)
    }
}

/// As above, about a path.
@discardableResult
@inlinable
package func systemCall<Result: FixedWidthInteger>(
    _ name: String, _ path: FilePath, _ body: (UnsafePointer<CChar>) -> Result
) throws(SystemCallError) -> Result {
    let result = path.withPlatformString { pointer in
        while true {
            let result = body(pointer)
            if result != -1 || Errno.current != .interrupted { return result }
        }
    }
    if result == -1 { throw SystemCallError(name, path, errno: .current) }
    return result
}
