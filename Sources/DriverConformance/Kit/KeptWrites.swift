internal import Core

/// What holds instead of some cases where nothing that is written through a mount outlives it
/// (``DriverCapabilities/keepsWrites``).
enum KeptWrites {
    /// The cases that write through a mount and look for it afterwards, or need a layer with what no archive may hold.
    static let cases: Set<String> = ["M12", "C13", "C21", "C22", "C26", "P4", "R2", "X1"]

    /// What was written is there while it is mounted, and not after that.
    static let expectNone: @Sendable (ConformanceScene) throws -> String? = { scene in
        try scene.layer("base") { try $0.write("file", "old") }
        let key = try scene.key("active")
        try scene.snapshots.prepare(key, parent: scene.key("base"))
        try scene.mounted(key) { tree in
            try tree.write("new", "x")
            try tree.remove("file")
            try expect(tree.read("new"), is: "x", "what was written")
            try expectError("a deleted file", { _ = try tree.read("file") }) { _ in true }
        }
        let text = try scene.mounted(key) { tree in
            try expectError("what was written before", { _ = try tree.read("new") }) { _ in true }
            return try tree.read("file")
        }
        try expect(text, is: "old", "what was deleted before")
        return "what is written through a mount is gone with it"
    }
}
