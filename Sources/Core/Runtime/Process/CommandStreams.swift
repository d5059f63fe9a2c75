internal import Glibc
internal import Host

/// What a command's standard streams are to be, opened before it is known what is mounted in /dev.
struct CommandStreams: ~Copyable {
    /// Its standard input, if it has none.
    let null: Int32?
    /// Both sides of its terminal, if it has one.
    let master: Int32?
    let terminal: Int32?

    /// Those that mydocker was started with.
    init() { (null, master, terminal) = (nil, nil, nil) }

    init(null: consuming Descriptor) { (self.null, master, terminal) = (null.take(), nil, nil) }

    init(master: consuming Descriptor, terminal: consuming Descriptor) {
        (null, self.master, self.terminal) = (nil, master.take(), terminal.take())
    }

    deinit {
        for case let number? in [null, master, terminal] { close(number) }
    }
}
