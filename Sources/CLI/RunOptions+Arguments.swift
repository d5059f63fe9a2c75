internal import Logging

/// The options of `run`, read without the parser of all commands.
///
/// That parser puts together what it knows of every option of a command by reflection, which takes longer than a
/// container's start. This reads what it reads, and leaves to it whatever is not plain: help, and errors.
extension RunOptions {
    /// The options that these words, without "run", say; nil if they are for the parser of all commands.
    init?(_ words: ArraySlice<String>) {
        var rest = words
        while let word = rest.first, word.hasPrefix("-"), word != "-" {
            rest.removeFirst()
            if word == "--" { break }
            guard word.hasPrefix("--") ? readLong(word, &rest) : readShort(word, &rest) else { return nil }
        }
        wordCount = rest.count
    }

    private mutating func readLong(_ word: String, _ rest: inout ArraySlice<String>) -> Bool {
        guard let equals = word.firstIndex(of: "=") else {
            if setFlag(word, true) { return true }
            guard let value = rest.popFirst() else { return false }
            return setValue(word, value)
        }
        let (name, value) = (String(word[..<equals]), String(word[word.index(after: equals)...]))
        if setValue(name, value) { return true }
        return Bool(flag: value).map { setFlag(name, $0) } ?? false
    }

    /// Letters that are put together; the last may have a value.
    private mutating func readShort(_ word: String, _ rest: inout ArraySlice<String>) -> Bool {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            let isAssigned = letters.first == "="
            if isAssigned {
                let value = String(letters.dropFirst())
                if setValue("-\(letter)", value) { return true }
                return Bool(flag: value).map { setFlag("-\(letter)", $0) } ?? false
            }
            if setFlag("-\(letter)", true) { continue }
            guard let value = letters.isEmpty ? rest.popFirst() : String(letters) else { return false }
            return setValue("-\(letter)", value)
        }
        return true
    }

    /// Sets a flag; false if it is none.
    private mutating func setFlag(_ name: String, _ value: Bool) -> Bool {
        switch name {
        case "-t", "--tty": terminal = value
        case "-i", "--interactive": interactive = value
        case "--read-only": readOnly = value
        case "--init": reaper = value
        case "--rm": rm = value
        case "--keep": keep = value
        case "--dry-run": dryRun = value
        case "--privileged": privileged = value
        default: return false
        }
        return true
    }

    /// Sets an option, of several the last one; false if there is none of this name, or not with this value.
    private mutating func setValue(_ name: String, _ value: String) -> Bool {
        func set(_ option: inout String?) -> Bool {
            option = value
            return true
        }
        func set<Value>(_ option: inout Value?, _ value: Value?) -> Bool {
            option = value
            return value != nil
        }
        func add(to list: inout [String]) -> Bool {
            list.append(value)
            return true
        }
        return switch name {
        case "-e", "--env": add(to: &environment)
        case "--cap-add": add(to: &capAdd)
        case "--cap-drop": add(to: &capDrop)
        case "--security-opt": add(to: &securityOptions)
        case "--device": add(to: &devices)
        case "--log-level": set(&logLevel, Logger.Level(rawValue: value))
        case "--log-format": set(&logFormat, LogFormat(rawValue: value))
        case "--storage": set(&storage)
        case "--storage-opt": add(to: &storageOptions)
        case "--image": set(&image)
        case "--rootfs": set(&rootfs)
        case "--name": set(&self.name)
        case "-h", "--hostname": set(&hostname)
        case "-w", "--workdir": set(&workingDirectory)
        case "-u", "--user": set(&user)
        case "--entrypoint": set(&entrypoint)
        case "--stop-signal": set(&stopSignal)
        case "-m", "--memory", "--mem": set(&memory)
        case "--cpus": set(&cpus)
        case "--cpu-shares", "--cpushare": set(&cpuShares)
        case "--cpuset-cpus", "--cpuset": set(&cpuSet)
        case "--pids-limit": set(&pidsLimit)
        case "--root": set(&root)
        default: false
        }
    }
}
