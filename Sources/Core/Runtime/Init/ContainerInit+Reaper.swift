internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

extension ContainerInit {
    /// Splits: the child returns and goes on to be the command; process 1 stays here, passes signals on to it,
    /// reaps every orphan, and exits as the command does.
    func becomeReaper(_ channels: Channels) throws {
        var all = sigset_t()
        sigfillset(&all)
        try systemCall("sigprocmask") { sigprocmask(SIG_SETMASK, &all, nil) }
        let child = try systemCall("clone") { clx_clone(0, -1, nil) }
        if child == 0 {
            clx_reset_signals()
            return
        }
        // The child has set up what is left to set up; this half only waits.
        try CommandStart(spec: message.process, logger: logger).giveUpPrivileges(becoming: .root)
        // The status pipe must close when the child executes, and the streams are the child's alone.
        try OpenDescriptors.close(from: 0)
        while true {
            var signal: Int32 = 0
            guard sigwait(&all, &signal) == 0 else { continue }
            if signal != SIGCHLD {
                kill(child, signal)
                continue
            }
            var status: Int32 = 0
            var reaped = waitpid(-1, &status, WNOHANG)
            while reaped > 0 {
                if reaped == child { _exit(ExitStatus(waitStatus: status).rawValue) }
                reaped = waitpid(-1, &status, WNOHANG)
            }
        }
    }
}
