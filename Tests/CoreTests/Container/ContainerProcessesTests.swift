import Testing

@testable import Engine

@Suite("What ps says of a container's processes")
struct ContainerProcessesTests {
    private let output = """
        UID          PID    PPID  C STIME TTY          TIME CMD
        root           1       0  0 10:00 ?        00:00:01 /sbin/init  splash
        root          10       1  0 10:00 ?        00:00:00 sh -c  sleep 1
        100           11      10  0 10:00 ?        00:00:00 [kworker/0:1 x]

        """

    @Test("Those of the container alone, the command with its arguments in the last column")
    func chosen() throws {
        let processes = try ContainerProcesses(output, of: [10, 11, 12])
        #expect(processes.titles.count == 8 && processes.lines.count == 2)
        #expect(processes.lines[0] == ["root", "10", "1", "0", "10:00", "?", "00:00:00", "sh -c sleep 1"])
        #expect(processes.lines[1].last == "[kworker/0:1 x]")
    }

    @Test("Threads follow their process")
    func threads() throws {
        let text =
            "  PID TTY STAT COMMAND\n 1 ? - init\n - - S -\n 10 ? - sh\n - - S -\n - - R -\n 11 ? - x\n"
        let processes = try ContainerProcesses(text, of: [10])
        #expect(processes.lines.map { $0[2] } == ["-", "S", "R"])
    }

    @Test("Output that tells nothing of processes is an error, whatever it is")
    func unusable() {
        for text in ["", "\n", "COMMAND\nsh\n", "PID COMMAND\nsh 1\n", "COMMAND PID\nsh\n"] {
            #expect(throws: ProcessListError.self) { try ContainerProcesses(text, of: [1]) }
        }
    }
}
