/// The options of `run`, read without the parser of all commands.
///
/// That parser puts together what it knows of every option of a command by reflection, which takes longer than a
/// container's start. This reads what it reads, and leaves to it whatever is not plain: help, errors, and
/// what is rare.
extension RunOptions {
    /// The options that these words, without "run", say; nil if they are for the parser of all commands.
    init?(_ words: some RandomAccessCollection<String>) {
        var rest = words[...]
        while let word = rest.first, word.hasPrefix("-"), word != "-" {
            rest.removeFirst()
            if setFlag(word) { continue }
            let isLong = word.hasPrefix("--")
            if !isLong && word.dropFirst().allSatisfy({ setFlag("-\($0)") }) { continue }
            if isLong, let equals = word.firstIndex(of: "=") {
                let value = word[word.index(after: equals)...]
                guard !value.isEmpty, setValue(String(word[..<equals]), String(value)) else { return nil }
            } else {
                // What looks like an option may be a value or a mistake.
                guard let value = rest.popFirst(), !value.hasPrefix("-"), setValue(word, value) else {
                    return nil
                }
            }
        }
        wordCount = rest.count
    }

    /// Sets a flag; false if it is none.
    private mutating func setFlag(_ name: String) -> Bool {
        switch name {
        case "-t", "--tty": terminal = true
        case "-i", "--interactive": interactive = true
        case "--read-only": readOnly = true
        case "--init": reaper = true
        case "--rm": rm = true
        case "--keep": keep = true
        case "--dry-run": dryRun = true
        case "--privileged": privileged = true
        default: return false
        }
        return true
    }

    /// Sets an option; false if there is none of this name, or if it was set before.
    private mutating func setValue(_ name: String, _ value: String) -> Bool {
        func set(_ option: inout String?) -> Bool {
            guard option == nil else { return false }
            option = value
            return true
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
        case "--storage": set(&storage)
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
