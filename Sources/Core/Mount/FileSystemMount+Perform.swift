internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

extension FileSystemMount {
    /// Mounts it: through mount(2) while its options can be spelled out there, else through the new mount
    /// API (Linux 5.2) layer by layer, else through mount(2) with descriptors as names.
    ///
    /// What is refused may be an optional option, by an older kernel or because of what has
    /// happened on the disk; then it is tried without.
    func perform() throws {
        do { try performAsItIs() } catch {
            var plain = self
            plain.options.removeAll { if case .optional = $0 { true } else { false } }
            guard plain.options.count < options.count, case MountError.refused = error else { throw error }
            try plain.performAsItIs()
        }
    }

    private func performAsItIs() throws {
        guard !needsManyLayers, case let plain = try OptionString(options), !plain.isRelativeToDescriptors
        else {
            do {
                if try performThroughContext() { return }
            } catch {
                guard case MountError.refused(_, _, .invalidArgument, _) = error, hasPerLayerKey else {
                    throw error
                }
                // A type that the kernel has not converted to the new API takes any option there and refuses
                // the whole at the end. What the first way was told is the better explanation if both fail.
                do { return try OptionString(options).mount(self) } catch _ { throw error }
            }
            return try OptionString(options).mount(self)
        }
        try plain.mount(self)
    }

    /// True if there are so many layers that spelling them out is not worth trying.
    private var needsManyLayers: Bool {
        options.contains { if case .layers(let list) = $0 { list.layers.count > 64 } else { false } }
    }

    /// True if there is an option that old kernels do not know.
    private var hasPerLayerKey: Bool {
        options.contains { if case .layers(let list) = $0 { list.perLayerKey != nil } else { false } }
    }

    /// fsopen(2), fsconfig(2) for each option and each layer, fsmount(2), move_mount(2).
    ///
    /// - Returns: false, with nothing done, if this kernel or file system cannot be told layer by layer.
    private func performThroughContext() throws -> Bool {
        let opened = type.withCString { fsopen($0, UInt32(FSOPEN_CLOEXEC)) }
        guard opened >= 0 else { return false }
        let context = Descriptor(owning: opened)
        var names = DirectoryNames()
        for option in options {
            switch option {
            case .flag(let key), .optional(let key):
                try configure(context, FSCONFIG_SET_FLAG, key, nil)
            case .string(let key, let value):
                try configure(context, FSCONFIG_SET_STRING, key, value)
            case .directory(let key, let path):
                try configure(context, FSCONFIG_SET_STRING, key, names.name(of: path))
            case .file(let key, let path, let file):
                try configure(context, FSCONFIG_SET_STRING, key, names.name(of: path) + "/" + file)
            case .layers(let list):
                guard let key = list.perLayerKey else { return false }
                for (index, layer) in list.layers.enumerated() {
                    do {
                        try configure(context, FSCONFIG_SET_STRING, key, names.name(of: layer.directory))
                    } catch MountError.refused(_, _, .invalidArgument, _) where index == 0 {
                        return false  // The kernel does not know the per-layer option.
                    }
                }
            }
        }
        if readOnly { try configure(context, FSCONFIG_SET_FLAG, "ro", nil) }
        try configure(context, FSCONFIG_CMD_CREATE, nil, nil)
        let mounted = fsmount(
            context.rawValue, UInt32(FSMOUNT_CLOEXEC), readOnly ? UInt32(MOUNT_ATTR_RDONLY) : 0)
        guard mounted >= 0 else { throw refusal(of: context) }
        let mount = Descriptor(owning: mounted)
        let moved = target.withPlatformString {
            move_mount(mount.rawValue, "", AT_FDCWD, $0, UInt32(MOVE_MOUNT_F_EMPTY_PATH))
        }
        guard moved == 0 else { throw refusal(of: context) }
        return true
    }

    private func configure(
        _ context: borrowing Descriptor, _ command: fsconfig_command, _ key: String?, _ value: String?
    ) throws(MountError) {
        func call(_ key: UnsafePointer<CChar>?, _ value: UnsafePointer<CChar>?) -> Int32 {
            fsconfig(context.rawValue, command.rawValue, key, value, 0)
        }
        let result: Int32
        switch (key, value) {
        case (let key?, let value?): result = key.withCString { key in value.withCString { call(key, $0) } }
        case (let key?, nil): result = key.withCString { call($0, nil) }
        default: result = call(nil, nil)
        }
        if result != 0 { throw refusal(of: context) }
    }

    /// The error for the call that just failed, with the kernel's own words where it left some.
    private func refusal(of context: borrowing Descriptor) -> MountError {
        let reason = Errno.current
        // "fsopen(2): the kernel's messages are read from the context, one at a time, as 'e text'".
        let message = withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
            let count = read(context.rawValue, buffer.baseAddress, buffer.count)
            return count > 2 ? String(decoding: buffer[2..<count], as: UTF8.self) : nil
        }
        let detail = message?.split(separator: "\n").first.map(String.init)
        return .refused(step: "mount \(type)", target: target, errno: reason, detail: detail)
    }
}

extension OptionString {
    /// mount(2) of `mount` with these options.
    fileprivate borrowing func mount(_ mount: FileSystemMount) throws {
        let flags = mount.readOnly ? MS_RDONLY : 0
        try call("mount \(mount.type)", mount.target, type: mount.type, source: mount.source, flags: flags)
    }

    /// mount(2) that changes the options of what is mounted at `target`.
    borrowing func remount(_ target: FilePath, type: String) throws {
        try call(
            "reconfigure \(type)", target, type: type, source: type, flags: MS_REMOUNT)
    }

    private borrowing func call(
        _ step: String, _ target: FilePath, type: String, source: String, flags: Int
    ) throws {
        let previous = isRelativeToDescriptors ? try enterDescriptors() : nil
        let result = target.withPlatformString { target in
            text.withCString { CLinux.mount(source, target, type, UInt(flags), $0) }
        }
        let reason = Errno.current
        if let previous { fchdir(previous) }
        if let previous { close(previous) }
        guard result == 0 else {
            throw MountError.refused(step: step, target: target, errno: reason, detail: nil)
        }
    }

    /// Makes /proc/self/fd the current directory; returns a descriptor of the one before.
    private borrowing func enterDescriptors() throws -> Int32 {
        let previous = try Descriptor(".", clx_O_PATH | O_DIRECTORY)
        try systemCall("chdir", "/proc/self/fd") { chdir($0) }
        return previous.take()
    }
}
