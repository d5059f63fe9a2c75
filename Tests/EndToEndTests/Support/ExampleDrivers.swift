import Glibc
import Testing

/// The drivers of Examples/drivers, where only root can change them; gone with this value.
final class ExampleDrivers {
    static let names = ["copy", "fuse-overlayfs", "tmpfs"]
    static let source = "\(Tool.repository)/Examples/drivers"
    static let schemas = "\(Tool.repository)/share/driver-protocol"
    let directory: String

    init() throws {
        // Not in /tmp, where everybody may write.
        var template = Array("/var/lib/mydocker-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = template.withUnsafeBufferPointer {
            String(decoding: $0.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        for name in Self.names {
            let file = "mydocker-driver-\(name)"
            let copied = try Program([
                "install", "-m", "755", "\(Self.source)/\(file)", "\(directory)/\(file)",
            ])
            .finish()
            try #require(copied.status == 0, copied.everything)
        }
    }

    deinit { _ = try? Program(["rm", "-rf", directory]).finish() }

    /// What programs are started with to find them.
    var setup: Program.Setup { .init(environment: ["MYDOCKER_DRIVER_PATH": directory]) }

    /// The same for a program that waits for input.
    var waiting: Program.Setup {
        .init(environment: ["MYDOCKER_DRIVER_PATH": directory], input: .pipe)
    }

    /// Puts a program before a driver that writes down what it is asked and what it answers.
    func record(_ name: String) throws {
        let file = "\(directory)/mydocker-driver-\(name)"
        try #require(rename(file, "\(directory)/real-\(name)") == 0)
        mkdir("\(directory)/record", 0o755)
        Machine.write(
            file,
            """
            #!/bin/sh
            record=$(mktemp \(directory)/record/XXXXXX)
            cat >$record
            \(directory)/real-\(name) <$record >$record.answer
            status=$?
            cat $record.answer
            exit $status

            """)
        try #require(chmod(file, 0o755) == 0)
    }

    /// Has a driver sleep for a while whenever it is asked for anything but what it is.
    func slow(_ name: String) throws {
        let file = "\(directory)/mydocker-driver-\(name)"
        try #require(rename(file, "\(directory)/real-\(name)") == 0)
        Machine.write(
            file,
            """
            #!/bin/sh
            sleep 0.05
            exec \(directory)/real-\(name)

            """)
        try #require(chmod(file, 0o755) == 0)
    }

    /// Takes a driver away.
    func remove(_ name: String) throws {
        try #require(unlink("\(directory)/mydocker-driver-\(name)") == 0)
    }

    /// What was asked since this was called last, in no order.
    func requests() -> [String] {
        let place = "\(directory)/record"
        return Machine.list(place).sorted().compactMap { name in
            defer { unlink("\(place)/\(name)") }
            return name.hasSuffix(".answer") ? nil : Machine.text("\(place)/\(name)")
        }
    }

    /// Why unions cannot be served by fuse-overlayfs here; nil if they can.
    static var fuseIsThere: Bool {
        Machine.exists("/dev/fuse") && Machine.exists("/usr/bin/fuse-overlayfs")
    }
}
