import Glibc
import Testing

extension Sandbox {
    /// Kills the monitor of a container that runs, and waits until the container has gone with it.
    func killMonitor(of id: String) throws {
        let record = try #require(Machine.text("\(root)/containers/\(id)/container.json"))
        let process = try #require(record.firstMatch(of: /"process":([0-9]+)/)?.1)
        let status = try #require(Machine.text("/proc/\(process)/status"))
        let monitor = try #require(status.firstMatch(of: /PPid:\s+([0-9]+)/)?.1)
        let handle = try ProcessHandle(#require(pid_t(String(process))))
        kill(try #require(pid_t(String(monitor))), SIGKILL)
        handle.waitForEnd()
    }
}
