internal import Host
internal import Storage

extension ContainerRecord {
    /// The record as a JSON object.
    ///
    /// By hand: it is written while a container starts, and the first use of JSONEncoder takes half a millisecond.
    var json: String {
        var members = [
            ("id", JSONValue.quoted(id)), ("name", JSONValue.quoted(name)),
            ("image", JSONValue.quoted(image)),
            ("driver", JSONValue.quoted(driver)),
            ("command", "[" + command.map(JSONValue.quoted).joined(by: ",") + "]"),
            ("created", "\(created)"), ("keep", "\(keep)"), ("readOnly", "\(readOnly)"),
        ]
        if let layer { members.append(("layer", JSONValue.quoted(layer.description))) }
        if let manifest { members.append(("manifest", JSONValue.quoted("\(manifest)"))) }
        if let directory { members.append(("directory", JSONValue.quoted(directory))) }
        if let process { members.append(("process", "\(process)")) }
        if let processStart { members.append(("processStart", "\(processStart)")) }
        if let exitStatus { members.append(("exitStatus", "\(exitStatus)")) }
        if let finished { members.append(("finished", "\(finished)")) }
        if let started { members.append(("started", "\(started)")) }
        if let restarts { members.append(("restarts", "\(restarts)")) }
        for (name, flag) in [
            ("detached", detached), ("stopRequested", stopRequested), ("ranOutOfMemory", ranOutOfMemory),
            ("controlsDevices", controlsDevices),
        ] {
            if let flag { members.append((name, "\(flag)")) }
        }
        if let failure { members.append(("failure", JSONValue.quoted(failure))) }
        if let spec { members.append(("spec", spec.json)) }
        return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(by: ",") + "}\n"
    }
}
