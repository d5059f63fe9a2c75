import Glibc
import Testing

@Suite("run -ti: a terminal of its own")
struct TerminalTests {
    private let sandbox: Sandbox
    private let terminal: Terminal

    init() throws {
        sandbox = try Sandbox()
        terminal = try Terminal(rows: 33, columns: 101)
    }

    private func begin(_ words: String...) throws -> Program {
        try sandbox.start(["run"] + words, .init(terminal: terminal.path))
    }

    @Test("It is a terminal with a name, the caller's size, and job control")
    func session() throws {
        let container = try begin(
            "-ti", "sh", "-c", "tty; stty size; echo $TERM; test -t 0 -a -t 1 -a -t 2 && echo all")
        try terminal.waitFor("/dev/")
        try terminal.waitFor("33 101\r\n")
        try terminal.waitFor("all\r\n")
        #expect(container.finish().status == 0)
        sandbox.expectClean()
    }

    @Test(
        "A terminal that is closed ends the container", arguments: [["-ti"], ["-ti", "--init"], ["-i"], []])
    func closed(options: [String]) async throws {
        var own: Terminal? = try Terminal()
        let path = try #require(own?.path)
        let container = try sandbox.start(
            ["run"] + options + ["sh", "-c", "echo ready; sleep 1000; true"], .init(terminal: path))
        try own?.waitFor("ready")
        own = nil
        // The shell of a container ends by SIGHUP as process 1 only if it has a handler: mydocker waits ten seconds then.
        let status = await container.ended().status
        #expect(status == 128 + SIGHUP || status == 128 + SIGKILL, "\(status)")
        sandbox.expectClean()
    }

    @Test("An interactive shell: typed lines are run, exit gives its status")
    func shell() throws {
        let before = terminal.mode
        let container = try begin("-ti", "sh")
        try terminal.waitFor("# ")
        #expect(terminal.mode != before, "not in raw mode")
        terminal.type("echo $((40 + 2))\r")
        try terminal.waitFor("42\r\n")
        terminal.type("exit 5\r")
        #expect(container.finish().status == 5)
        #expect(terminal.mode == before)
        sandbox.expectClean()
    }

    @Test("A change of size arrives as SIGWINCH")
    func resize() throws {
        let container = try begin(
            "-ti", "sh", "-c", "trap 'stty size; exit 0' WINCH; echo ready; while :; do read line; done")
        try terminal.waitFor("ready")
        terminal.resize(rows: 50, columns: 132)
        // The kernel sends SIGWINCH itself only if the size was set on the other side of a foreground group.
        container.signal(SIGWINCH)
        try terminal.waitFor("50 132")
        terminal.type("\r")
        #expect(container.finish().status == 0)
        sandbox.expectClean()
    }

    @Test("Ctrl-C reaches the command, not mydocker")
    func interrupt() throws {
        let before = terminal.mode
        let container = try begin("-ti", "sh", "-c", "trap 'echo caught; exit 8' INT; echo ready; read line")
        try terminal.waitFor("ready")
        terminal.type("\u{3}")
        try terminal.waitFor("caught")
        #expect(container.finish().status == 8)
        #expect(terminal.mode == before)
        sandbox.expectClean()
    }

    @Test("Ctrl-D ends the input")
    func endOfInput() throws {
        let container = try begin("-ti", "sh", "-c", "echo ready; cat; exit 6")
        try terminal.waitFor("ready")
        terminal.type("\u{4}")
        #expect(container.finish().status == 6)
    }

    @Test("The terminal is as it was after a signal, a failure and a missing command", arguments: [0, 1, 2])
    func restored(way: Int) throws {
        let before = terminal.mode
        switch way {
        case 0:
            let container = try begin("-ti", "sh", "-c", "echo ready; read line")
            try terminal.waitFor("ready")
            container.signal(SIGHUP)
            container.signal(SIGKILL)
            #expect(container.finish().status == -SIGKILL)
            _ = try sandbox.run("true")
        // Nobody can restore after SIGKILL; the container is gone all the same.
        case 1:
            #expect(try begin("-ti", "nosuchcommand").finish().status == 127)
            #expect(terminal.mode == before)
        default:
            #expect(try begin("-ti", "--init", "sh", "-c", "kill -TERM $$").finish().status == 143)
            #expect(terminal.mode == before)
        }
        sandbox.expectClean()
    }

    @Test("-t without -i: a terminal to look at")
    func withoutInput() throws {
        let container = try begin("-t", "sh", "-c", "stty size; exit 3")
        try terminal.waitFor("33 101")
        #expect(container.finish().status == 3)
    }

    @Test("More output than any buffer holds arrives whole")
    func muchOutput() throws {
        let container = try begin("-ti", "sh", "-c", "seq 1 30000; echo the end")
        try terminal.waitFor("30000\r\nthe end\r\n")
        #expect(container.finish().status == 0)
    }
}
