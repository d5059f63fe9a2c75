public import Host
internal import Mount
internal import Runtime
public import Storage

/// The processes of a container as the host's ps(1) shows them: `mydocker top`.
public struct ContainerProcesses: Sendable {
    /// The columns' headings.
    public private(set) var titles: [String] = []
    /// A line for each process; with ps's "m", for each thread.
    public private(set) var lines: [[String]] = []

    /// Asks ps.
    ///
    /// - Parameter arguments: ps's own; its output has to have a column PID. None for "-ef".
    /// - Throws: ``RunError/notRunning(_:)``, ``ProcessListError``; as ``Containers/find(_:)``.
    public init(of nameOrID: String, in store: Store, arguments: [String]) throws {
        let record = try Containers(store).find(nameOrID).startedRecord()
        guard record.isRunning else { throw RunError.notRunning(nameOrID) }
        let processes = record.cgroup(in: try CgroupHierarchy.all()).processes(with: record.process)
        let output = try Self.output(of: arguments.isEmpty ? ["-ef"] : arguments, processes)
        try self.init(output, of: Set(processes))
    }

    /// What of ps's output is about these processes.
    init(_ output: String, of processes: Set<Int32>) throws(ProcessListError) {
        var rows = output.split(separator: "\n").map { $0.split { " \t".contains($0) }.map(String.init) }
            .filter { !$0.isEmpty }[...]
        titles = rows.popFirst() ?? []
        guard let column = titles.firstIndex(of: "PID") else { throw .noColumn }
        // A thread has no number of its own in it, and follows its process.
        var isThread = false
        for row in rows {
            guard row.count > column else { throw .unexpected(row.joined(separator: " ")) }
            if row[column] != "-" {
                guard let process = Int32(row[column]) else { throw .unexpected(row[column]) }
                isThread = processes.contains(process)
            }
            guard isThread else { continue }
            // The last column is a command with its arguments.
            let last = titles.count - 1
            let line = Array(row.prefix(last)) + [row.dropFirst(last).joined(separator: " ")]
            lines.append(line + Array(repeating: "", count: titles.count - line.count))
        }
    }

    private static func output(of arguments: [String], _ processes: [Int32]) throws -> String {
        // Without a selection ps shows what belongs to its own terminal; but not all of its options go with this one.
        let selection = "-q" + processes.map(String.init).joined(separator: ",")
        if !processes.isEmpty, let output = try? ProgramCall("ps", arguments + [selection]).output() {
            return output
        }
        do { return try ProgramCall("ps", arguments).output() } catch let error as ProgramError {
            throw ProcessListError.failed(error.explanation.problem)
        }
    }
}

/// Why the processes of a container cannot be told.
public enum ProcessListError: Explained, Equatable {
    /// The host's ps has failed, or there is none.
    case failed(String)
    /// Its output has no column PID.
    case noColumn
    /// Its output is not a table.
    case unexpected(String)

    /// What the user is told.
    public var explanation: Explanation {
        switch self {
        case .failed(let reason): Explanation("ps of this host: \(reason)", remedy: "see: man ps")
        case .noColumn:
            Explanation("ps of this host shows no column PID", remedy: "add it: -o pid,comm")
        case .unexpected(let text):
            Explanation("ps of this host shows \"\(text)\" as a PID", remedy: "leave PID as it is")
        }
    }
}
